"""A copy opens its own files, not those of what it was copied from."""

from __future__ import annotations

import pytest

from tljh_envbuilder.environments.copying import copy_of
from tljh_envbuilder.models.environment import CopyRequest, EnvironmentRequest
from tljh_envbuilder.store.store import Store

LONGEST = 500


@pytest.mark.parametrize(
    ("original", "copied"),
    [
        (None, None),
        ("/lab", "/lab"),
        ("/rstudio", "/rstudio"),
        ("/lab/tree/course", "/lab/tree/2-course"),
        ("/lab/tree/course/first.ipynb", "/lab/tree/2-course/first.ipynb"),
        ("/lab/tree/course?reset", "/lab/tree/2-course?reset"),
        ("/tree/course/first.ipynb", "/tree/2-course/first.ipynb"),
        ("/doc/tree/course/first.ipynb", "/doc/tree/2-course/first.ipynb"),
        ("/notebooks/course/course/1.ipynb", "/notebooks/2-course/course/1.ipynb"),
        ("/lab/tree/course-1/first.ipynb", "/lab/tree/course-1/first.ipynb"),
        ("/lab/tree/shared/course", "/lab/tree/shared/course"),
        ("/lab/tree/course/".ljust(LONGEST, "x"), "/lab/tree/2-course/".ljust(LONGEST + 2, "x")),
    ],
)
async def test_a_copy_opens_in_its_own_folder(
    store: Store, original: str | None, copied: str | None
) -> None:
    request = EnvironmentRequest(
        name="course", repo_url="https://example.org/course", default_url=original
    )
    environment, _ = await store.environments.add(request, owner="ada")

    copy = copy_of(environment, CopyRequest(name="2-course"))

    assert copy.default_url == copied
