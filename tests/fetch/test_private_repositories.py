"""Private repositories: what opens them reaches the repository's host, and no other."""

from __future__ import annotations

import asyncio
import os
import pwd
import subprocess
import sys
import tarfile
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from fetching import Fetch
from handmade import add_submodule

from dev.git_server import GitRepository, GitServer, serve_git
from dev.process import server_process
from dev.ssh_server import SshServer, make_key, serve_ssh
from dev.tls import make_certificate
from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.errors import ConfigurationError, FetchFailed
from tljh_envbuilder.models.credentials import Credentials

FILES = {"Dockerfile": "FROM scratch\n"}
USER, PASSWORD = "ada", "p4ss/w:rd %41@é"
LOGIN = Credentials(username=USER, password=PASSWORD)


@pytest.fixture
def other_server(tmp_path: Path) -> Iterator[GitServer]:
    """Another host: that its port is another one is enough."""
    with serve_git(tmp_path / "other-server") as server:
        yield server


@pytest.fixture
def private(git_server: GitServer) -> GitRepository:
    return git_server.create(f"private-{uuid4().hex[:8]}", FILES, private=(USER, PASSWORD))


@pytest.fixture
def key(tmp_path: Path, ssh_server: SshServer) -> Credentials:
    """A key that the SSH server knows."""
    ssh_server.allow(make_key(tmp_path / "key"))
    return Credentials(ssh_key=(tmp_path / "key").read_text())


@pytest.fixture
def other_ssh_server(tmp_path: Path) -> Iterator[SshServer]:
    (tmp_path / "other-ssh-server").mkdir()
    with serve_ssh(tmp_path / "other-ssh-server") as server:
        yield server


@pytest.fixture
def known(
    fetcher: Fetcher, ssh_server: SshServer, other_ssh_server: SshServer, tmp_path: Path
) -> Fetcher:
    """The fetcher where the SSH servers are known hosts."""
    fetcher.known_hosts = str(tmp_path / "known_hosts")
    (tmp_path / "known_hosts").write_text(ssh_server.known_hosts + other_ssh_server.known_hosts)
    return fetcher


@pytest.fixture
def echo_server() -> Iterator[str]:
    """Address on a host that refuses a login and repeats it."""

    class Echo(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            login = self.headers.get("Authorization")
            body = b"" if login is None else f"You said {login}, {decoded(login)}\n".encode()
            self.send_response(401 if login is None else 403)
            self.send_header("WWW-Authenticate", 'Basic realm="echo"')
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        yield f"http://127.0.0.1:{server.server_port}/owner/repository"
        server.shutdown()


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0.02)


def decoded(authorization: str) -> str:
    return b64decode(authorization.removeprefix("Basic ")).decode()


def names_in(context: Path) -> list[str]:
    with tarfile.open(context) as tar:
        return tar.getnames()


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


class TestPasswords:
    async def test_open_a_repository(self, private: GitRepository, fetch: Fetch) -> None:
        assert (await fetch(private.url, credentials=LOGIN)).commit == private.head

    async def test_open_a_repository_over_tls(
        self, open_folder: Path, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        context, certificate = make_certificate(open_folder)
        monkeypatch.setenv("GIT_SSL_CAINFO", str(certificate))
        with serve_git(open_folder / "tls", tls=context) as server:
            repository = server.create("private", FILES, private=(USER, PASSWORD))
            assert repository.url.startswith("https://")
            assert (await fetch(repository.url, credentials=LOGIN)).commit == repository.head

    async def test_may_be_empty_for_a_token_in_the_users_place(
        self, git_server: GitServer, fetch: Fetch
    ) -> None:
        repository = git_server.create("token", FILES, private=("t0ken", ""))
        token = Credentials(username="t0ken", password="")
        assert (await fetch(repository.url, credentials=token)).commit == repository.head

    async def test_are_told_to_be_wrong(self, private: GitRepository, fetch: Fetch) -> None:
        wrong = Credentials(username=USER, password="wr0ng")
        with pytest.raises(FetchFailed, match=r"refuses the login for http.*token") as raised:
            await fetch(private.url, credentials=wrong)
        assert "wr0ng" not in raised.value.message

    async def test_open_submodules_on_the_same_host(
        self, private: GitRepository, git_server: GitServer, fetch: Fetch
    ) -> None:
        inner = git_server.create(f"inner-{uuid4().hex[:8]}", FILES, private=(USER, PASSWORD))
        add_submodule(private, inner.url, inner.head)
        context = await fetch(private.url, credentials=LOGIN)
        assert "sub/Dockerfile" in names_in(context.context)

    async def test_are_not_sent_to_a_submodule_on_another_host(
        self, private: GitRepository, other_server: GitServer, fetch: Fetch
    ) -> None:
        inner = other_server.create("inner", FILES, private=(USER, PASSWORD))
        add_submodule(private, inner.url, inner.head)
        with pytest.raises(FetchFailed, match=r"A submodule cannot be fetched: .*asks for a login"):
            await fetch(private.url, credentials=LOGIN)
        assert other_server.authorizations == []

    @pytest.mark.parametrize(
        ("account", "sentence"),
        [((USER, PASSWORD), "refuses the login"), (None, "has moved: use its new address")],
    )
    async def test_are_not_sent_to_where_a_host_redirects(
        self,
        private: GitRepository,
        git_server: GitServer,
        other_server: GitServer,
        fetch: Fetch,
        account: tuple[str, str] | None,
        sentence: str,
    ) -> None:
        target = other_server.create("target", FILES, private=account)
        git_server.moved[private.path.stem] = target.url
        with pytest.raises(FetchFailed, match=sentence):
            await fetch(private.url, credentials=LOGIN)
        assert basic(USER, PASSWORD) in git_server.authorizations
        assert other_server.authorizations == []

    async def test_are_not_sent_where_nobody_has_asked_for_them_but_a_redirect(
        self, git_server: GitServer, other_server: GitServer, fetch: Fetch
    ) -> None:
        target = other_server.create("target", FILES, private=(USER, PASSWORD))
        public = git_server.create(f"public-{uuid4().hex[:8]}", FILES)
        git_server.moved[public.path.stem] = target.url
        with pytest.raises(FetchFailed, match="asks for a login"):
            await fetch(public.url, credentials=LOGIN)
        assert other_server.authorizations == []

    async def test_find_what_a_ref_stands_for(
        self, private: GitRepository, fetcher: Fetcher
    ) -> None:
        found = await fetcher.resolve("maths", repo_url=private.url, ref="main", credentials=LOGIN)
        assert found == private.head


class TestKeys:
    async def test_open_a_repository(
        self,
        private: GitRepository,
        ssh_server: SshServer,
        known: Fetcher,
        fetch: Fetch,
        key: Credentials,
    ) -> None:
        context = await fetch(ssh_server.url(private), credentials=key)
        assert context.commit == private.head

    async def test_that_the_host_does_not_know_are_refused(
        self,
        private: GitRepository,
        ssh_server: SshServer,
        known: Fetcher,
        fetch: Fetch,
        tmp_path: Path,
    ) -> None:
        make_key(tmp_path / "unknown")
        unknown = Credentials(ssh_key=(tmp_path / "unknown").read_text())
        with pytest.raises(FetchFailed, match="without an SSH key that it knows"):
            await fetch(ssh_server.url(private), credentials=unknown)

    async def test_open_submodules_on_the_same_host(
        self,
        private: GitRepository,
        git_server: GitServer,
        ssh_server: SshServer,
        known: Fetcher,
        fetch: Fetch,
        key: Credentials,
    ) -> None:
        inner = git_server.create(f"inner-{uuid4().hex[:8]}")
        add_submodule(private, ssh_server.url(inner), inner.head)
        context = await fetch(ssh_server.url(private), credentials=key)
        assert "sub/README.md" in names_in(context.context)

    async def test_are_not_offered_to_a_submodule_on_another_host(
        self,
        private: GitRepository,
        git_server: GitServer,
        ssh_server: SshServer,
        other_ssh_server: SshServer,
        known: Fetcher,
        fetch: Fetch,
        key: Credentials,
        tmp_path: Path,
    ) -> None:
        other_ssh_server.allow((tmp_path / "key.pub").read_text())
        inner = git_server.create(f"inner-{uuid4().hex[:8]}")
        add_submodule(private, other_ssh_server.url(inner), inner.head)
        with pytest.raises(FetchFailed, match=r"A submodule cannot be fetched: .*SSH key"):
            await fetch(ssh_server.url(private), credentials=key)
        assert "publickey for" in ssh_server.log()
        assert "publickey for" not in other_ssh_server.log()

    async def test_are_not_used_for_a_host_that_is_unknown(
        self, private: GitRepository, ssh_server: SshServer, fetch: Fetch, key: Credentials
    ) -> None:
        command = f"`ssh-keyscan -p {ssh_server.port} 127.0.0.1`"
        with pytest.raises(FetchFailed, match="is not known here: ask the operator") as raised:
            await fetch(ssh_server.url(private), credentials=key)
        assert command in raised.value.message

    async def test_are_not_used_for_a_host_with_another_key(
        self,
        private: GitRepository,
        ssh_server: SshServer,
        known: Fetcher,
        fetch: Fetch,
        key: Credentials,
        tmp_path: Path,
    ) -> None:
        host, *_ = ssh_server.known_hosts.split()
        other = make_key(tmp_path / "other")
        (tmp_path / "known_hosts").write_text(f"{host} {other}\n")
        with pytest.raises(FetchFailed, match="shows another key"):
            await fetch(ssh_server.url(private), credentials=key)


class TestTheAgent:
    @pytest.fixture
    def agent(
        self,
        open_folder: Path,
        tmp_path: Path,
        fetcher: Fetcher,
        ssh_server: SshServer,
        monkeypatch: pytest.MonkeyPatch,
    ) -> Iterator[str]:
        """An agent of the worker's user, with a key that the SSH server knows."""
        folder = open_folder / "agent"
        folder.mkdir()
        command = ["ssh-agent", "-D", "-a", str(folder / "socket")]
        if os.geteuid() == 0:
            user = pwd.getpwnam(fetcher.worker_user)
            os.chown(folder, user.pw_uid, user.pw_gid)
            ids = (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}")
            command = ["setpriv", *ids, "--clear-groups", *command]
        monkeypatch.setenv("SSH_AUTH_SOCK", str(folder / "socket"))
        public_key = make_key(tmp_path / "agent-key")
        ssh_server.allow(public_key)
        ready = (folder / "socket").exists
        with server_process(command, log=tmp_path / "agent.log", ready=ready):
            add = ["ssh-add", "-q", "-"]
            subprocess.run(add, input=(tmp_path / "agent-key").read_bytes(), check=True)
            yield public_key

    @pytest.mark.usefixtures("agent")
    async def test_opens_a_repository_where_the_operator_allows_it(
        self, private: GitRepository, ssh_server: SshServer, known: Fetcher, fetch: Fetch
    ) -> None:
        known.ssh_agent = True
        await known.check()
        assert (await fetch(ssh_server.url(private))).commit == private.head

    @pytest.mark.usefixtures("agent")
    async def test_is_not_used_otherwise(
        self, private: GitRepository, ssh_server: SshServer, known: Fetcher, fetch: Fetch
    ) -> None:
        with pytest.raises(FetchFailed, match="without an SSH key"):
            await fetch(ssh_server.url(private))

    @pytest.mark.usefixtures("agent")
    async def test_is_not_used_for_a_submodule_on_another_host(
        self,
        private: GitRepository,
        git_server: GitServer,
        ssh_server: SshServer,
        other_ssh_server: SshServer,
        agent: str,
        known: Fetcher,
        fetch: Fetch,
    ) -> None:
        known.ssh_agent = True
        other_ssh_server.allow(agent)
        inner = git_server.create(f"inner-{uuid4().hex[:8]}")
        add_submodule(private, other_ssh_server.url(inner), inner.head)
        with pytest.raises(FetchFailed, match=r"A submodule cannot be fetched: .*SSH key"):
            await fetch(ssh_server.url(private))
        assert "publickey for" not in other_ssh_server.log()

    async def test_must_be_there_when_it_is_allowed(
        self, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        fetcher.ssh_agent = True
        monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
        with pytest.raises(ConfigurationError, match=r"ssh_agent is set, but \$SSH_AUTH_SOCK"):
            await fetcher.check()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "absent"))
        with pytest.raises(ConfigurationError, match="does not answer it: run an agent as this"):
            await fetcher.check()


class TestWhatIsLeft:
    """A secret is in the worker's folder while git may need it, and no longer."""

    async def test_is_nothing_once_the_context_is_made(
        self,
        private: GitRepository,
        ssh_server: SshServer,
        known: Fetcher,
        fetch: Fetch,
        key: Credentials,
    ) -> None:
        for url, credentials in ((private.url, LOGIN), (ssh_server.url(private), key)):
            context = await fetch(url, credentials=credentials)
            left = {path.name for path in context.context.parent.iterdir()}
            assert not left & {".git-credentials", "ssh_key"}
            assert not any(".git" in name.split("/") for name in names_in(context.context))
            context.discard()

    async def test_is_nothing_when_the_service_is_killed(
        self, silent_server: str, fetcher: Fetcher, open_folder: Path
    ) -> None:
        """The worker cannot know that; its input ends."""
        service = f"""
import asyncio
from pathlib import Path
from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.builds.python_environments import PythonEnvironments
from tljh_envbuilder.builds.sources import Sources
from tljh_envbuilder.models.credentials import Credentials
fetcher = Fetcher(Path({fetcher.work_dir!r}), sources=Sources(),
                  python=PythonEnvironments(), work_dir={fetcher.work_dir!r}, ready_worker=False)
asyncio.run(fetcher.fetch(1, repo_url={silent_server!r}, ref="HEAD", builder="auto",
                          build_args={{}}, on_log=print,
                          credentials=Credentials(username="ada", password="secret")))
"""
        password = Path(fetcher.work_dir, "build-1/.git-credentials")
        running = await asyncio.create_subprocess_exec(sys.executable, "-c", service)
        try:
            await asyncio.wait_for(until(password.exists), 60)
            assert oct(os.stat(password).st_mode & 0o777) == "0o600"
        finally:
            running.kill()
            await running.wait()
        await asyncio.wait_for(until(lambda: not password.exists()), 60)

    async def test_is_not_what_a_host_sends_back(
        self, fetch: Fetch, log: list[str], echo_server: str
    ) -> None:
        with pytest.raises(FetchFailed) as raised:
            await fetch(echo_server, credentials=LOGIN)
        said = raised.value.message + "".join(log)
        assert "You said" in said
        assert basic(USER, PASSWORD).split()[1] not in said
        assert PASSWORD not in said
