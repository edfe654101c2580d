"""What is installed from which files, before or after the repository's own are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.fetch.buildpacks.requirements import Installation, installation

JUPYTER = ["jupyterhub==6.1.1", "jupyterlab>=4,<5"]
BESIDE = "pip install jupyterhub==6.1.1 'jupyterlab>=4,<5' --index-strategy unsafe-best-match"
EXACTLY = "sync --frozen --inexact --no-editable"
PROJECT = '[project]\nname = "x"\nversion = "1"\ndependencies = ["six"]\n'
PACKAGE = PROJECT + '[build-system]\nrequires = ["hatchling"]\n'


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # noqa: ANN201
    """What the buildpack would do with these files."""
    monkeypatch.chdir(tmp_path)

    def plan(files: dict[str, str], folder: str = "") -> Installation:
        for name, content in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(content)
        return installation(Path(folder), JUPYTER)

    return plan


@pytest.mark.parametrize(
    ("files", "early", "late"),
    [
        ({"README.md": ""}, [], []),
        ({"requirements.txt": "six\n"}, [f"{BESIDE} -r /tmp/requirements/requirements.txt"], []),
        ({"requirements.txt": "-e .\n"}, [], [f"{BESIDE} -r /tmp/requirements/requirements.txt"]),
        ({"requirements.txt": "./sub\n"}, [], [f"{BESIDE} -r /tmp/requirements/requirements.txt"]),
        (
            {"requirements.txt": "six==1 --hash=sha256:0\n"},
            [
                "pip install --require-hashes --index-strategy unsafe-best-match "
                "-r /tmp/requirements/requirements.txt"
            ],
            [],
        ),
        ({"pyproject.toml": PROJECT}, [f"{BESIDE} -r /tmp/requirements/pyproject.toml"], []),
        (
            {"pyproject.toml": PACKAGE},
            [f"{BESIDE} -r /tmp/requirements/pyproject.toml"],
            ["pip install --no-deps ."],
        ),
        ({"setup.py": ""}, [], [f"{BESIDE} ."]),
        (
            {"pyproject.toml": PROJECT, "uv.lock": ""},
            [f"{EXACTLY} --no-install-project --project /tmp/requirements"],
            [],
        ),
        (
            {"pyproject.toml": PACKAGE, "uv.lock": ""},
            [f"{EXACTLY} --no-install-project --project /tmp/requirements"],
            [f"{EXACTLY} --project ."],
        ),
        ({"pylock.toml": ""}, ["pip install -r /tmp/requirements/pylock.toml"], []),
        (
            {"pylock.toml": "", "pyproject.toml": PACKAGE},
            ["pip install -r /tmp/requirements/pylock.toml"],
            ["pip install --no-deps ."],
        ),
        (
            {"Pipfile.lock": '{"default": {"six": {"version": "==1.17.0"}}}', "setup.py": ""},
            [
                "pip install --no-deps --index-strategy unsafe-best-match "
                "-r /tmp/requirements/pipfile-requirements.txt"
            ],
            [],
        ),
        (
            {"Pipfile": '[packages]\nsix = "*"\n', "requirements.txt": "no\n"},
            [f"{BESIDE} -r /tmp/requirements/pipfile-requirements.txt"],
            [],
        ),
    ],
)
def test_each_kind_has_its_commands(
    plan,  # noqa: ANN001
    files: dict[str, str],
    early: list[str],
    late: list[str],
) -> None:
    found = plan(files)
    assert (found.early, found.late) == (early, late)


def test_a_lock_has_the_last_word(plan) -> None:  # noqa: ANN001
    found = plan({"requirements.txt": "-e .\n", "pyproject.toml": PROJECT, "uv.lock": ""})
    assert found.early == []
    assert found.late[-1].startswith(EXACTLY)


def test_what_the_repository_says_of_jupyter_is_its_own_choice(plan) -> None:  # noqa: ANN001
    found = plan({"requirements.txt": "JupyterLab==4.1\n"})
    assert "jupyterlab" not in found.early[0]
    assert "jupyterhub==6.1.1" in found.early[0]


def test_only_files_that_decide_are_there_while_packages_are_installed(plan) -> None:  # noqa: ANN001
    found = plan(
        {
            "binder/requirements.txt": "-r ../more/all.txt\n-c limits.txt\n",
            "binder/limits.txt": "six<2\n",
            "more/all.txt": "six\n",
            "README.md": "x",
        },
        folder="binder",
    )
    assert set(found.files) == {"binder/requirements.txt", "binder/limits.txt", "more/all.txt"}
    assert found.late == []


def test_packages_that_pip_would_keep_as_a_git_checkout_are_installed(plan) -> None:  # noqa: ANN001
    found = plan({"requirements.txt": "-e git+https://example.org/x.git#egg=x\n"})
    assert found.files["requirements.txt"] == b"git+https://example.org/x.git#egg=x\n"
    assert found.needs_git


def test_a_pipfile_lock_keeps_its_hashes(plan) -> None:  # noqa: ANN001
    lock = '{"default": {"six": {"version": "==1.17.0", "hashes": ["sha256:0", "sha256:1"]}}}'
    text = plan({"Pipfile.lock": lock}).files["pipfile-requirements.txt"].decode()
    assert text == "six==1.17.0 --hash=sha256:0 --hash=sha256:1\n"


@pytest.mark.parametrize("name", ["missing.txt", "../../etc/passwd", "/etc/passwd"])
def test_what_is_included_is_in_the_repository(plan, name: str) -> None:  # noqa: ANN001
    with pytest.raises(FetchFailed, match="which is not in the repository"):
        plan({"requirements.txt": f"-r {name}\n"})
