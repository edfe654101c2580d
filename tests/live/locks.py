"""One requirement, an older version of a small package of PyPI, in each format of lock."""

from __future__ import annotations

import json

from dev.git_server import Files

VERSION = "4.8.0"
WHEEL = (
    "https://files.pythonhosted.org/packages/4a/52/"
    "cccfc7a0d3bcf52cca6f6e1792786075df979346d638bf4cf5bc8bf2be3c/humanize-4.8.0-py3-none-any.whl"
)
SHA256 = "8bc9e2bb9315e61ec06bf690151ae35aeb65651ab091266941edf97c90836404"

# Without the lock, the newest version would be installed.
PROJECT = """\
[project]
name = "course"
version = "1"
requires-python = ">=3.10"
dependencies = ["humanize>=4.8"]
"""

_UV_LOCK = f"""\
version = 1
revision = 3
requires-python = ">=3.10"

[[package]]
name = "course"
version = "1"
source = {{ virtual = "." }}
dependencies = [{{ name = "humanize" }}]

[package.metadata]
requires-dist = [{{ name = "humanize", specifier = ">=4.8" }}]

[[package]]
name = "humanize"
version = "{VERSION}"
source = {{ registry = "https://pypi.org/simple" }}
wheels = [{{ url = "{WHEEL}", hash = "sha256:{SHA256}" }}]
"""

_PYLOCK = f"""\
lock-version = "1.0"
created-by = "by hand"
requires-python = ">=3.10"

[[packages]]
name = "humanize"
version = "{VERSION}"
wheels = [{{ url = "{WHEEL}", hashes = {{ sha256 = "{SHA256}" }} }}]
"""

_PIPFILE = '[packages]\nhumanize = ">=4.8"\n'
_PIPFILE_LOCK = json.dumps(
    {
        "_meta": {"sources": [{"name": "pypi", "url": "https://pypi.org/simple"}], "requires": {}},
        "default": {"humanize": {"version": f"=={VERSION}", "hashes": [f"sha256:{SHA256}"]}},
        "develop": {},
    }
)

LOCKED: dict[str, Files] = {
    "uv.lock": {"uv.lock": _UV_LOCK, "pyproject.toml": PROJECT},
    "pylock.toml": {"pylock.toml": _PYLOCK},
    "Pipfile.lock": {"Pipfile.lock": _PIPFILE_LOCK, "Pipfile": _PIPFILE},
}
