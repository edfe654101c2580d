"""Which Python a repository gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.fetch.buildpacks.versions import python_version

OFFERED = ["3.12", "3.13", "3.11"]


def version(folder: Path, files: dict[str, str], runtime: str | None = None) -> str:
    for name, content in files.items():
        (folder / name).write_text(content)
    return python_version(folder, runtime, OFFERED).version


def project(bound: str) -> str:
    return f'[project]\nname = "x"\nrequires-python = "{bound}"\n'


@pytest.mark.parametrize(
    ("files", "runtime", "expected"),
    [
        ({}, None, "3.12"),
        ({}, "3", "3.12"),
        ({}, "3.11", "3.11"),
        ({}, "3.11.4", "3.11"),
        ({".python-version": "3.13\n"}, None, "3.13"),
        ({".python-version": "# ours\ncpython-3.13.1\n"}, None, "3.13"),
        ({".python-version": "3.13\n"}, "3.11", "3.11"),
        ({"pyproject.toml": project(">=3.11")}, None, "3.12"),
        ({"pyproject.toml": project(">=3.12.4,<3.13")}, None, "3.12"),
        ({"pyproject.toml": project("<3.12")}, None, "3.11"),
        ({"pyproject.toml": project(">=3.13")}, None, "3.13"),
        ({"uv.lock": 'requires-python = ">=3.13"\n'}, None, "3.13"),
        ({"pylock.toml": 'requires-python = "==3.11.*"\n'}, None, "3.11"),
        ({"Pipfile": '[requires]\npython_version = "3.11"\n'}, None, "3.11"),
        ({"Pipfile": '[requires]\npython_version = "3.11"\n'}, "3.13", "3.11"),
        (
            {
                "Pipfile": '[requires]\npython_version = "3.11"\n',
                "Pipfile.lock": '{"_meta": {"requires": {"python_full_version": "3.13.2"}}}',
            },
            None,
            "3.13",
        ),
    ],
)
def test_the_files_decide(
    tmp_path: Path, files: dict[str, str], runtime: str | None, expected: str
) -> None:
    assert version(tmp_path, files, runtime) == expected


@pytest.mark.parametrize(
    ("files", "runtime", "sentence"),
    [
        ({}, "3.9", r"runtime.txt asks for Python 3.9, and this service has 3.12, 3.13, 3.11"),
        ({".python-version": "pypy3.10\n"}, None, "'pypy3.10': write a version, like 3.12"),
        ({"pyproject.toml": project(">=3.14")}, None, "pyproject.toml asks for Python '>=3.14'"),
        ({"pyproject.toml": project(">=3.12")}, "3.11", "runtime.txt .* and pyproject.toml for"),
        ({"pyproject.toml": project("three")}, None, "'three': write it like '>=3.11'"),
        ({"pyproject.toml": "["}, None, "pyproject.toml is not valid TOML"),
        ({"Pipfile.lock": "{"}, None, "Pipfile.lock is not valid JSON"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    tmp_path: Path, files: dict[str, str], runtime: str | None, sentence: str
) -> None:
    with pytest.raises(FetchFailed, match=sentence) as failure:
        version(tmp_path, files, runtime)
    assert failure.value.message.endswith(".")
