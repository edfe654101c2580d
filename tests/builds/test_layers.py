"""What steps have added, told by an engine's history of the image."""

from __future__ import annotations

from tljh_envbuilder.builds.layers import sizes_of
from tljh_envbuilder.engine.images import Layer
from tljh_envbuilder.models.build import Step, StepStatus


def steps(*names: str) -> list[Step]:
    return [Step(id=name, name=name, status=StepStatus.DONE) for name in names]


def layers(*entries: tuple[str, int]) -> list[Layer]:
    """Oldest first, as a Dockerfile has them."""
    return [Layer(created_by=said, size=size) for said, size in reversed(entries)]


def test_steps_have_the_sizes_of_their_layers_and_the_base_has_the_rest() -> None:
    made = steps(
        "[internal] load build context",
        "[uv 1/2] FROM docker.io/library/python:3.12-slim",
        "[uv 2/2] RUN pip install uv",
        "[stage-1 1/4] FROM docker.io/library/python:3.12-slim",
        "[stage-1 2/4] RUN apt-get update  && apt-get install  figlet",
        "[stage-1 3/4] WORKDIR /srv/repo",
        "[stage-1 4/4] COPY --chown=1000:1000 src/ /srv/repo/",
        "exporting to image",
    )
    history = layers(
        ("/bin/sh -c #(nop) ADD file:1 in / ", 70),
        ("RUN /bin/sh -c set -eux; make # buildkit", 30),
        ("USER root", 0),
        ("RUN |1 A=b /bin/sh -c apt-get update && apt-get install figlet # buildkit", 5),
        ("WORKDIR /srv/repo", 0),
        ("COPY src/ /srv/repo/ # buildkit", 2),
        ('CMD ["jupyter" "lab"]', 0),
    )
    assert sizes_of(made, history) == {made[3].id: 100, made[4].id: 5, made[5].id: 0, made[6].id: 2}


def test_a_base_that_stages_share_is_told_with_the_first_of_them() -> None:
    made = steps("[uv 1/2] FROM a", "[uv 2/2] RUN x", "[stage-1 2/2] RUN y")
    history = layers(("base", 9), ("RUN /bin/sh -c y", 2))
    assert sizes_of(made, history) == {"[uv 1/2] FROM a": 9, "[stage-1 2/2] RUN y": 2}


def test_of_equal_steps_each_has_its_own() -> None:
    made = steps("[1/3] FROM a", "[2/3] RUN x", "[3/3] RUN y", "[1/2] FROM other")
    history = layers(("base", 9), ("RUN /bin/sh -c x # buildkit", 1), ("RUN /bin/sh -c y", 2))
    assert sizes_of(made[:3], history) == {"[1/3] FROM a": 9, "[2/3] RUN x": 1, "[3/3] RUN y": 2}


def test_a_history_that_says_nothing_tells_nothing() -> None:
    assert sizes_of(steps("[2/2] RUN x"), layers(("", 9))) == {}
    assert sizes_of([], layers(("RUN /bin/sh -c x", 9))) == {}


def test_podmans_words_are_understood() -> None:
    made = steps("STEP 1/2: FROM a", "STEP 2/2: RUN echo x")
    assert (
        sizes_of(made, layers(("base", 9), ("/bin/sh -c echo x", 1)))["STEP 2/2: RUN echo x"] == 1
    )
