"""What the check of an image says would be otherwise on the Hub, found in images on the engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.engine.fixture_types import Build
from tljh_envbuilder.builds.check import CheckResult, ReadinessCheck
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import ImageNotUsable

Check = Callable[[str], Awaitable[CheckResult]]

#: As a person installs with pip where there is no right to write elsewhere.
USER_SITE = ".local/lib/python3.11/site-packages"


@pytest.fixture
def check(engine: DockerEngine, build: Build, tag: str, singleuser_image: str) -> Check:
    """Build an image with these instructions, and check it."""

    async def checked(instructions: str) -> CheckResult:
        dockerfile = f"FROM {singleuser_image}\nUSER root\n{instructions}\nUSER jovyan\n"
        async for _ in build(dockerfile):
            pass
        return await ReadinessCheck(engine).check(tag, labels={})

    return checked


async def test_nothing_is_said_of_an_image_whose_home_may_be_hidden(check: Check) -> None:
    of_every_home = ".cache .config .local/share/jupyter/runtime .jupyter/migrated"

    result = await check(f"RUN cd /home/jovyan && touch .bashrc && mkdir -p {of_every_home}")

    assert result.warnings == []
    assert result.details.home == "/home/jovyan"


@pytest.mark.parametrize(
    ("instructions", "place"),
    [
        pytest.param(
            "RUN ln -s /opt/venv /home/jovyan/env\nENV PATH=/home/jovyan/env/bin:$PATH",
            "/home/jovyan/env/bin/jupyterhub-singleuser",
            id="command",
        ),
        pytest.param(
            "RUN mv /opt/venv /home/jovyan/env && ln -s /home/jovyan/env /opt/venv",
            "/home/jovyan/env/bin/jupyterhub-singleuser",
            id="link",
        ),
        pytest.param(
            "RUN mkdir /home/jovyan/lib"
            " && mv /opt/venv/lib/python3*/site-packages/jupyter_server[-0-9]* /home/jovyan/lib/\n"
            "ENV PYTHONPATH=/home/jovyan/lib",
            "/home/jovyan/lib",
            id="package",
        ),
        pytest.param(
            "RUN mv /opt/venv /mnt/venv && ln -s /mnt/home /home/other && mkdir /mnt/home"
            " && ln -s /mnt/venv /opt/venv && mv /mnt/venv /mnt/home/venv"
            " && ln -s /mnt/home/venv /mnt/venv\nENV HOME=/home/other",
            "/mnt/home/venv/bin/jupyterhub-singleuser",
            id="home that is a link",
        ),
    ],
)
async def test_jupyter_in_the_home_is_refused_because_no_server_would_start(
    check: Check, instructions: str, place: str
) -> None:
    with pytest.raises(ImageNotUsable) as refused:
        await check(instructions)

    assert f"in the image's home ({place})" in refused.value.message


async def test_what_the_home_hides_is_named(check: Check) -> None:
    kernel = ".local/share/jupyter/kernels/ir"
    settings = ".jupyter/jupyter_lab_config.py"
    result = await check(
        f"RUN cd /home/jovyan && mkdir -p {USER_SITE}/numpy {kernel} .jupyter data"
        f" && touch {settings} notes.txt .npmrc"
    )

    software, files = result.warnings
    named = software.partition(": ")[2].partition(". Install it elsewhere")[0]
    assert sorted(named.split()) == sorted([USER_SITE, kernel, settings])
    assert "Install it elsewhere" in software
    assert files.endswith(": .npmrc data notes.txt.")


async def test_an_image_of_another_hub_is_named_or_refused(check: Check) -> None:
    metadata = "/opt/venv/lib/python3*/site-packages/jupyterhub-*.dist-info/METADATA"
    older = await check(f"RUN sed -i 's/^Version: .*/Version: 4.1.6/' {metadata}")

    assert "The image has JupyterHub 4.1.6" in older.warnings[0]
    with pytest.raises(ImageNotUsable, match="does not accept"):
        await check(f"RUN sed -i 's/^Version: .*/Version: 1.5.0/' {metadata}")


async def test_an_entry_point_that_only_says_so_does_not_make_an_image_usable(
    check: Check,
) -> None:
    with pytest.raises(ImageNotUsable, match="does not run the commands it is given"):
        await check('ENTRYPOINT ["echo", "envbuilder:done=yes\\nenvbuilder:uid=0\\n"]')
