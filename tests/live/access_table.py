"""Who gets what, for a person to read; test_access_matrix.py asks it of a real service.

Each row is a way to ask, each column a kind of caller:

nobody   no token, or one that is made up, expired, revoked or in the address
refused  known to the Hub, and not let in: a token without access to this service; a login cookie
         without its XSRF token, with another one, or sent by a script of another site; the
         handshake of a WebSocket
link     the owner's login cookie, as browsers send it for a link or a form on any site
hub      this service's own token, which only the Hub has
user     a user with a token, or with the login cookie and its XSRF token
builder  somebody with the scope custom:envbuilder:build, who owns other environments
owner    the same, who owns the environment
owner-   the owner with a narrow token: for access to this service, and nothing else
admin    an administrator of the Hub, or somebody with the scope custom:envbuilder:admin
admin-   an administrator of the Hub with such a narrow token
service  another service of the Hub, with access to this one
s-build  the same with the scope custom:envbuilder:build

`allowed` is the status for those who may. An error there is one that comes after the permission,
so that nothing is changed; access_requests.py says which. In the cells stand

ok       allowed
see      allowed for what they see; else 404, as if it were not there
no       403 for what they see; else 404, as if it were not there
401 …    this status, whether it is there or not
-        not tried

All environments are the owner's. SEES tells by whom else they are to be seen, and who sees them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TABLE = """
                                            allowed refused hub     builder owner-  admin-  s-build
                                                nobody  link    user    owner   admin   service
GET    api/environments                     200 401 403 ok  403 ok  ok  ok  ok  ok  ok  ok  ok
POST   api/environments                     202 401 403 403 403 403 ok  ok  403 ok  403 403 ok
POST   api/environments (name taken)        409 401 403 403 403 403 ok  ok  403 ok  403 403 ok
GET    api/environments/{name}              200 401 403 ok  403 see see ok  ok  ok  see see see
PATCH  api/environments/{name}              200 401 403 403 403 no  no  ok  403 ok  no  no  no
DELETE api/environments/{name}              204 401 403 403 403 no  no  ok  403 ok  no  no  no
DELETE api/environments/{name}?force=true   204 401 403 403 403 no  no  403 403 ok  no  no  no
GET    api/environments/{name}/builds       200 401 403 ok  403 see see ok  ok  ok  see see see
POST   api/environments/{name}/builds       409 401 403 403 403 no  no  ok  403 ok  no  no  no
GET    api/environments/{name}/removal      200 401 403 ok  403 no  no  ok  403 ok  no  no  no
POST   api/environments/{name}/rollback     409 401 403 403 403 no  no  ok  403 ok  no  no  no
GET    api/environments/{name}/webhook      200 401 403 ok  403 no  no  ok  403 ok  no  no  no
POST   api/environments/{name}/webhook      200 401 403 403 403 no  no  ok  403 ok  no  no  no
POST   api/hooks/{name}                     202 403 403 403 403 403 403 403 403 403 403 403 403
POST   api/hooks/{name} (secret)            202 ok  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
POST   api/repository/refs                  400 401 403 403 403 403 ok  ok  403 ok  403 403 ok
POST   api/repository/refs (of environment) 400 401 403 403 403 403 no  ok  403 ok  403 403 no
GET    api/builds/{id}                      200 401 403 ok  403 see see ok  ok  ok  see see see
POST   api/builds/{id}/cancel               409 401 403 403 403 no  no  ok  403 ok  no  no  no
GET    api/builds/{id}/log                  200 401 403 ok  403 see see ok  ok  ok  see see see
GET    api/builds/{id}/log (stream)         200 401 403 ok  403 see see ok  ok  ok  see see see
GET    api/builds/{id}/packages             404 401 403 ok  403 see see ok  ok  ok  see see see
GET    api/events                           200 401 403 ok  403 ok  ok  ok  ok  ok  ok  ok  ok
GET    api/profiles                         200 401 403 ok  403 ok  ok  ok  ok  ok  ok  ok  ok
GET    api/disk                             200 401 403 ok  403 403 ok  ok  403 ok  403 403 ok
POST   api/disk/clean                       200 401 403 403 403 403 403 403 403 ok  403 403 403
GET    api/servers                          200 401 403 ok  403 ok  ok  ok  403 ok  403 403 403
POST   api/servers                          409 401 403 403 403 see see ok  ok  ok  see 403 403
POST   api/servers (built)                  202 401 403 403 403 -   -   -   403 -   403 403 403
DELETE api/servers/{server_name}            404 401 403 403 403 ok  ok  ok  403 ok  403 403 403
GET    api/server-progress                  404 401 403 ok  403 ok  ok  ok  ok  ok  ok  403 403
POST   api/launch/options                   200 403 403 403 ok  403 403 403 403 403 403 403 403
POST   api/launch/resolve                   409 403 403 403 ok  403 403 403 403 403 403 403 403
GET    api/openapi.json                     200 401 403 ok  403 ok  ok  ok  ok  ok  ok  ok  ok
GET    health                               200 ok  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET    ./                                   200 302 403 ok  403 ok  ok  ok  ok  ok  ok  ok  ok
GET    ./add                                200 302 403 ok  403 ok  ok  ok  ok  ok  ok  ok  ok
GET    ./environments/{name}                200 302 403 ok  403 ok  ok  ok  ok  ok  ok  ok  ok
GET    ./environments/{name}/edit           200 302 403 ok  403 ok  ok  ok  ok  ok  ok  ok  ok
GET    ./builds/{id}                        200 302 403 ok  403 ok  ok  ok  ok  ok  ok  ok  ok
GET    ./servers                            200 302 403 ok  403 ok  ok  ok  ok  ok  ok  ok  ok
GET    ./launch                             200 302 403 ok  403 ok  ok  ok  ok  ok  ok  ok  ok
GET    .                                    302 ok  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET    assets/badge.svg                     200 ok  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
HEAD   assets/badge.svg                     200 ok  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET    oauth_callback                       400 ok  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
GET    nothing                              404 ok  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok  ok
"""

KINDS = ("everyone", "group", "user", "nobody")
_SEES = """
          everyone  group  user  nobody
stranger  yes       -      -     -
member    yes       yes    -     -
named     yes       -      yes   -
builder   yes       -      -     -
owner     yes       yes    yes   yes
admin     yes       yes    yes   yes
admin-    yes       -      -     -
service   yes       -      -     -
"""


@dataclass(frozen=True)
class Row:
    """A way to ask, and what each kind of caller gets."""

    method: str
    path: str
    note: str
    allowed: int
    cells: dict[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.path}" + (f" ({self.note})" if self.note else "")

    def answer(self, column: str, *, sees: bool) -> int | None:
        """The status; None for what is not tried."""
        cell = self.cells[column]
        if cell == "-":
            return None
        if cell == "ok" or (cell == "see" and sees):
            return self.allowed
        if cell in {"see", "no"}:
            return 403 if sees else 404
        return int(cell)


def _rows() -> list[Row]:
    upper, lower, *lines = _TABLE.strip("\n").splitlines()
    _, *columns = _columns(upper, lower)
    rows = []
    for line in lines:
        match = re.fullmatch(r"(\w+) +(\S+)(?: \((.+)\))? +(\d{3}) (.+)", line)
        assert match, f"not a row: {line}"
        method, path, note, allowed, cells = match.groups(default="")
        by_column = dict(zip(columns, cells.split(), strict=True))
        rows.append(Row(method, path, note, int(allowed), by_column))
    return rows


def _columns(*lines: str) -> list[str]:
    """The words of the header, from left to right, whatever line they are in."""
    words = [(word.start(), word[0]) for line in lines for word in re.finditer(r"\S+", line)]
    return [name for _, name in sorted(words)]


def _sees() -> dict[str, frozenset[str]]:
    header, *lines = _SEES.strip("\n").splitlines()
    found = {}
    for line in lines:
        name, *cells = line.split()
        by_kind = zip(header.split(), cells, strict=True)
        found[name] = frozenset(kind for kind, cell in by_kind if cell == "yes")
    return found


ROWS = _rows()
SEES = _sees()
