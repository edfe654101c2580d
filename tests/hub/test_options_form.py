"""The form is read by people, by screen readers and by browsers without scripts."""

from __future__ import annotations

from datetime import datetime, timezone
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterhub.user import User
from tornado.httputil import HTTPHeaders

from tests.hub.launch_service import LARGE, SMALL, LaunchService, choice
from tljh_envbuilder.models.launch import LaunchOptions, Size
from tljh_envbuilder.spawner.errors import StartError
from tljh_envbuilder.spawner.form_texts import ENGLISH, FRENCH, Texts, texts_for
from tljh_envbuilder.spawner.options_form import describe_size, render_options_form

SCRIPT = "/services/envbuilder/assets/spawn-form.js"
HOSTILE = """"><script>alert(1)</script><img src=x onerror='alert(1)'>{{ 7 * 7 }}&amp;"""


class Page(HTMLParser):
    """The elements and the text of a page, as a browser understands them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        return [
            found
            for name, found in self.elements
            if name == tag and attributes.items() <= found.items()
        ]


def render(options: LaunchOptions, **last_choice: Any) -> Page:
    return render_in(ENGLISH, options, **last_choice)


def render_in(
    texts: Texts,
    options: LaunchOptions,
    refused: dict[str, str] | None = None,
    **last_choice: Any,
) -> Page:
    html = render_options_form(
        options,
        last_choice=last_choice,
        service_prefix="/services/envbuilder/",
        refused=refused,
        texts=texts,
    )
    return Page(html)


TWO = LaunchOptions(
    environments=[choice("course"), choice("thesis", profiles=["Large"])], profiles=[SMALL, LARGE]
)


FREE = LaunchOptions(
    environments=[choice("course", may_choose_size=True, mem_limit=2**32), choice("thesis")],
    profiles=[SMALL, LARGE],
    free_size=Size(mem_limit=2**33, cpu_limit=2.5),
)


def test_each_control_has_a_label_and_each_group_a_legend() -> None:
    page = render(FREE)
    controls = page.all("input") + page.all("select")
    labelled = {label["for"] for label in page.all("label")}
    assert {control["id"] for control in controls} == labelled
    assert len(page.all("fieldset")) == len(page.all("legend")) == 1
    described = {about for control in controls if (about := control.get("aria-describedby"))}
    assert described <= {element["id"] for _, element in page.elements if "id" in element}


def test_an_environment_is_shown_with_its_description_and_commit() -> None:
    environment = choice(display_name="The Course", description="Week 1\nand 2")
    page = render(LaunchOptions(environments=[environment], profiles=[]))
    for text in ("The Course", "Week 1\nand 2", "https://git.example.org/course", "8f3c2d1"):
        assert text in page.text
    assert environment.resolved_ref not in page.text


def test_an_environment_that_is_an_image_is_shown_with_the_image() -> None:
    image = "registry.example.org/lab/course:2026"
    environment = choice(repo_url="", resolved_ref="", image=image)
    page = render(LaunchOptions(environments=[environment], profiles=[]))
    assert image in page.text
    assert " at " not in page.text


def test_only_the_profiles_that_an_environment_allows_can_be_chosen_with_it() -> None:
    page = render(TWO)
    assert [option["value"] for option in page.all("option")] == ["Small", "Large", "Large"]
    names = [select["name"] for select in page.all("select")]
    assert names == ["profile:course", "profile:thesis"]


def test_profiles_are_shown_with_sizes_that_people_read() -> None:
    text = " ".join(render(TWO).text.split())
    assert "Small: 256 MiB · 0.5 cores" in text
    assert "Large: 2 GiB · 2 cores, For big data" in text


@pytest.mark.parametrize(
    ("mem_limit", "cpu_limit", "text"),
    [
        (2**31, 1.0, "2 GiB · 1 core"),
        (3 * 2**29, None, "1.5 GiB"),
        (2**40, 64, "1 TiB · 64 cores"),
        (None, 0.25, "0.25 cores"),
        (None, None, ""),
    ],
)
def test_a_size_reads_as_a_person_says_it(
    mem_limit: int | None, cpu_limit: float | None, text: str
) -> None:
    assert describe_size(mem_limit, cpu_limit) == text


@pytest.mark.parametrize(("cores", "text"), [(1.5, "1,5 cœur"), (2, "2 cœurs")])
def test_in_french_the_plural_begins_with_two(cores: float, text: str) -> None:
    assert describe_size(None, cores, FRENCH) == text


def test_the_first_environment_and_the_default_profile_are_selected_at_first() -> None:
    page = render(TWO)
    assert [radio["value"] for radio in page.all("input") if "checked" in radio] == ["course"]
    assert [option["value"] for option in page.all("option") if "selected" in option] == ["Small"]


def test_the_last_choice_is_selected_where_it_is_still_there() -> None:
    page = render(TWO, environment="thesis", profile="Large")
    assert [radio["value"] for radio in page.all("input") if "checked" in radio] == ["thesis"]
    selected = [option["value"] for option in page.all("option") if "selected" in option]
    assert selected == ["Large", "Large"]
    page = render(TWO, environment="gone", profile="gone")
    assert [radio["value"] for radio in page.all("input") if "checked" in radio] == ["course"]
    assert [option["value"] for option in page.all("option") if "selected" in option] == ["Small"]


def test_what_people_wrote_is_shown_as_text_and_never_runs() -> None:
    profile = SMALL.model_copy(update={"label": HOSTILE[:100], "description": HOSTILE})
    environment = choice(
        display_name=HOSTILE[:100],
        description=HOSTILE,
        repo_url=HOSTILE,
        resolved_ref="<b>1234567",
        profiles=[profile.label],
    )
    page = render(LaunchOptions(environments=[environment], profiles=[profile]))
    assert not page.all("img") + page.all("b")
    assert len(page.all("script")) == len(page.all("script", src=SCRIPT))
    assert not [name for _, found in page.elements for name in found if name.startswith("on")]
    assert environment.description in page.text
    assert page.all("option")[0]["value"] == profile.label


def test_the_form_works_without_scripts() -> None:
    page = render(TWO)
    [script] = page.all("script")
    assert script == {"type": "module", "src": SCRIPT}
    # Nothing waits for it: all can be seen and sent as it is.
    assert not [found for _, found in page.elements if "hidden" in found or "disabled" in found]


def test_what_a_user_started_last_comes_first() -> None:
    page = render(TWO, environment="thesis")
    assert [radio["value"] for radio in page.all("input")] == ["thesis", "course"]
    assert page.text.count("Last used") == 1
    assert "Last used" not in render(TWO).text


def test_age_and_size_of_the_image_are_shown_where_they_are_known() -> None:
    built = datetime(2026, 3, 1, 12, 30, tzinfo=timezone.utc)
    environment = choice(built_at=built, image_size=3 * 2**29)
    page = render(LaunchOptions(environments=[environment, choice("old")], profiles=[]))
    assert page.all("time") == [{"datetime": "2026-03-01T12:30:00+00:00"}]
    text = " ".join(page.text.split())
    assert "Built 2026-03-01 · Image of 1.5 GiB" in text
    assert text.count("Built") == text.count("Image of") == 1


def test_a_machine_is_shown_with_the_size_that_the_environment_leaves_of_it() -> None:
    environment = choice(mem_limit=2**30, cpu_limit=8)
    page = render(LaunchOptions(environments=[environment], profiles=[SMALL, LARGE]))
    text = " ".join(page.text.split())
    assert "Small: 256 MiB · 0.5 cores" in text
    assert "Large: 1 GiB · 2 cores, For big data" in text


def test_an_environment_without_profiles_shows_its_own_size() -> None:
    environment = choice(mem_limit=2**30, cpu_limit=1, profiles=[])
    page = render(LaunchOptions(environments=[environment], profiles=[]))
    assert "Machine: 1 GiB · 1 core" in " ".join(page.text.split())
    assert not page.all("select")


def test_a_machine_with_gpus_says_so() -> None:
    profile = LARGE.model_copy(update={"gpus": 2})
    page = render(LaunchOptions(environments=[choice(profiles=["Large"])], profiles=[profile]))
    assert "Large: 2 GiB · 2 cores · 2 GPUs, For big data" in " ".join(page.text.split())


def test_the_form_is_there_in_french() -> None:
    environment = choice(profiles=["Small"], image_size=3 * 2**29)
    page = render_in(FRENCH, LaunchOptions(environments=[environment], profiles=[SMALL]))
    text = " ".join(page.text.split())
    assert page.all("fieldset", lang="fr")
    for words in ("Environnement", "Small: 256 Mio · 0,5 cœur", "Image de 1,5 Gio", "au commit"):
        assert words in text
    page = render_in(FRENCH, LaunchOptions(environments=[], profiles=[]))
    assert "demandez à un administrateur" in page.text


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (ENGLISH, "5 more on the Environments page."),
        (FRENCH, "5 de plus sur la page des environnements."),
    ],
)
def test_where_not_all_environments_are_listed_the_form_says_where_the_others_are(
    texts: Texts, words: str
) -> None:
    page = render_in(texts, TWO.model_copy(update={"total": 7}))
    assert words in " ".join(page.text.split())
    assert page.all("a", href="/services/envbuilder/")
    page = render_in(texts, TWO.model_copy(update={"total": 2}))
    assert not page.all("a")


def test_a_size_of_ones_own_can_be_entered_where_it_will_do() -> None:
    page = render(FREE)
    text = " ".join(page.text.split())
    assert [box["name"] for box in page.all("input", type="checkbox")] == ["own:course"]
    # The smaller one of the operator's bound and the environment's own.
    assert "Memory in GiB for Course 4 at most." in text
    assert "CPU cores for Course 2.5 at most." in text
    assert not [box for box in page.all("input", type="checkbox") if "checked" in box]
    assert not render(TWO).all("input", type="checkbox")


def test_without_profiles_a_size_of_ones_own_can_be_entered_too() -> None:
    environment = choice(profiles=[], may_choose_size=True)
    options = LaunchOptions(environments=[environment], profiles=[], free_size=FREE.free_size)
    assert render(options).all("input", name="memory:course", value="")


def test_the_size_that_was_used_last_is_there_again() -> None:
    last = {"environment": "course", "mem_limit": 3 * 2**29, "cpu_limit": 0.5}
    page = render_in(FRENCH, FREE, **last)
    assert page.all("input", name="memory:course", value="1,5")
    assert page.all("input", name="cpus:course", value="0,5")
    [box] = page.all("input", name="own:course")
    assert "checked" in box


@pytest.mark.parametrize(
    ("memory", "cpus", "problems"),
    [
        ("1.5", "1", {}),
        ("1,5", "", {}),
        ("", "2.5", {}),
        ("", " ", {"memory": "Enter how much memory, how many cores, or both."}),
        ("much", "1", {"memory": "Enter a number of GiB from 0.01 to 4."}),
        ("4.1", "1", {"memory": "Enter a number of GiB from 0.01 to 4."}),
        ("0", "1", {"memory": "Enter a number of GiB from 0.01 to 4."}),
        ("1", "-1", {"cpus": "Enter a number of cores from 0.01 to 2.5."}),
        (
            "nan",
            "9e9",
            {
                "memory": "Enter a number of GiB from 0.01 to 4.",
                "cpus": "Enter a number of cores from 0.01 to 2.5.",
            },
        ),
    ],
)
def test_a_form_that_comes_back_has_what_was_typed_and_what_is_wrong_beside_it(
    memory: str, cpus: str, problems: dict[str, str]
) -> None:
    sent = {
        "environment": "course",
        "profile:course": "Large",
        "own:course": "on",
        "memory:course": memory,
        "cpus:course": cpus,
    }
    page = render_in(ENGLISH, FREE, refused=sent, environment="thesis")
    assert "checked" in page.all("input", value="course")[0]
    assert "checked" in page.all("input", name="own:course")[0]
    assert "selected" in page.all("option", value="Large")[-1]
    for name, typed in (("memory", memory), ("cpus", cpus)):
        [field] = page.all("input", name=f"{name}:course")
        assert field["value"] == typed
        assert (field.get("aria-invalid") == "true") == (name in problems)
    assert all(problem in page.text for problem in problems.values())


@pytest.mark.parametrize(
    ("accept_language", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        ("en-GB, fr;q=0.5", "en"),
        ("en;q=0.5, fr;q=0.7", "fr"),
        ("de, FR;q=0.3", "fr"),
        ("de, ja;q=0.3", "en"),
        ("fr;q=0, en", "en"),
        ("fr;q=nonsense", "en"),
        (";;,=,q=", "en"),
        ("fr;q=nan", "en"),
    ],
)
def test_the_language_is_the_one_that_the_browser_likes_best(
    accept_language: str, language: str
) -> None:
    assert texts_for(accept_language).language == language


def test_a_user_without_environments_reads_what_to_do() -> None:
    page = render(LaunchOptions(environments=[], profiles=[SMALL]))
    assert "ask an admin" in page.text
    assert page.all("a", href="/services/envbuilder/")
    assert not page.all("input")


async def test_the_hub_gets_the_form_of_the_user(user: User, launch_service: LaunchService) -> None:
    user.spawner.user_options = {"environment": "course", "profile": "Large"}
    page = Page(await user.spawner.get_options_form())
    assert page.all("input", name="environment", value="course")
    [(path, asked)] = launch_service.requests
    assert path == "/services/envbuilder/api/launch/options"
    assert asked == {
        "user": {"name": user.name, "groups": [], "admin": False},
        "selected": "course",
    }


async def test_the_form_is_in_the_language_of_who_looks_at_it(
    user: User, launch_service: LaunchService
) -> None:
    headers = HTTPHeaders({"Accept-Language": "fr-FR"})
    user.spawner.handler = SimpleNamespace(request=SimpleNamespace(headers=headers))
    page = Page(await user.spawner.get_options_form())
    assert page.all("fieldset", lang="fr")


async def test_a_form_that_was_refused_comes_back_once_as_it_was_sent(
    user: User, launch_service: LaunchService
) -> None:
    launch_service.options = FREE
    form = {"environment": ["course"], "own:course": ["on"], "memory:course": ["much"]}
    with pytest.raises(StartError, match="needs memory in GiB"):
        user.spawner.run_options_from_form(form)
    page = Page(await user.spawner.get_options_form())
    assert page.all("input", name="memory:course", value="much", **{"aria-invalid": "true"})
    page = Page(await user.spawner.get_options_form())
    assert page.all("input", name="memory:course", value="")


async def test_a_service_that_does_not_answer_is_told_in_the_form(
    user: User, launch_service: LaunchService
) -> None:
    launch_service.refusal = (503, "The database does not answer.")
    page = Page(await user.spawner.get_options_form())
    assert "The environments service does not answer." in page.text
    assert page.all("div", role="alert")
