"""A server's container as a test sees it: started, looked into, and gone."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from uuid import uuid4

import docker
import requests
from docker.models.containers import Container
from dockerspawner import DockerSpawner
from jupyterhub.user import User

# As little of a server as the Hub and the spawner ask for; what is posted to it, it runs. Process 1
# of a container has no default for SIGTERM.
LIGHT_SERVER = """
import http.server, signal, subprocess, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def do_POST(self):
        script = self.rfile.read(int(self.headers["Content-Length"]))
        ended = subprocess.run(["sh", "-ec", script], capture_output=True)
        self.send_response(500 if ended.returncode else 200)
        self.end_headers()
        self.wfile.write(ended.stdout + ended.stderr)
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("0.0.0.0", 8888), Handler).serve_forever()
"""


class Servers:
    """Images with a repository, users' containers, and the removal of all that a test leaves."""

    def __init__(self, engine: docker.DockerClient, base_image: str) -> None:
        self.engine = engine
        self._base_image = base_image
        self._images: list[str] = []
        self._users: list[str] = []

    def image(self, files: Mapping[str, str], *, uid: int = 0) -> str:
        """An image with these files at /srv/repo, and a home at /home/jovyan that is its user's."""
        name = f"envbuilder-test-{uuid4().hex[:8]}:latest"
        container = self.engine.containers.create(self._base_image, ["true"])
        try:
            tar = {f"srv/repo/{path}": text for path, text in files.items()}
            container.put_archive("/", _tar({**tar, "home/jovyan/.profile": ""}, uid))
            container.commit(*name.split(":"), changes=[f"USER {uid}:{uid}"])
        finally:
            container.remove()
        self._images.append(name)
        return name

    def forget(self, username: str) -> None:
        """Remove what this user leaves, in the end."""
        self._users.append(username)

    def container(self, user: User, server_name: str = "") -> Container:
        """The container of a running server."""
        return self.engine.containers.get(user.spawners[server_name].container_id)

    def close(self) -> None:
        """Leave nothing behind."""
        for username in self._users:
            labelled = {"label": f"tljh-envbuilder.user={username}"}
            for container in self.engine.containers.list(all=True, filters=labelled):
                container.remove(force=True, v=True)
            for volume in self.engine.volumes.list(filters={"name": home_volume(username)}):
                volume.remove(force=True)
        for image in self._images:
            self.engine.images.remove(image, force=True)


def home_volume(username: str) -> str:
    """The name of the volume that has the user's home."""
    return f"jupyterhub-{DockerSpawner._escape(username)}"


def run(container: Container, script: str) -> str:
    """Output of a shell script in the container; it must succeed."""
    [address] = container.ports["8888/tcp"]
    answer = requests.post(f"http://127.0.0.1:{address['HostPort']}", data=script, timeout=60)
    assert answer.ok, answer.text
    return answer.text


def _tar(files: Mapping[str, str], uid: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        home = tarfile.TarInfo("home/jovyan")
        home.type, home.mode, home.uid, home.gid = tarfile.DIRTYPE, 0o755, uid, uid
        tar.addfile(home)
        for path, text in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(text.encode())
            member.uid = member.gid = uid
            tar.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()
