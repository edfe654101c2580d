"""The whole product on this machine: `make demo`, and `make demo CHECK=1` with no person."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import docker
import requests
from docker.errors import DockerException

from dev.base_image import ensure_base_image, python_settings
from dev.client import ServiceClient
from dev.engine import bridge_address, ensure_engine
from dev.git_server import serve_git
from dev.hub import CHECKOUT, HubProcess
from dev.process import DevError, free_port, is_listening
from dev.server_sent_events import read_events
from dev.singleuser_image import EXAMPLE

USUAL_PORT = 8000


@dataclass(frozen=True)
class People:
    """Who can log in; the names end in the names of containers and volumes."""

    admin: str = "ada"
    user: str = "grace"
    password: str = secrets.token_urlsafe(9)


def main() -> int:
    """Run until Ctrl-C, or through the main job; whatever was started is stopped."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    is_check = bool(os.environ.get("CHECK"))
    try:
        with ExitStack() as stack:
            _run(stack, is_check=is_check)
    except KeyboardInterrupt:
        print("\nStopped.")
        return 1 if is_check else 0
    except (DevError, DockerException, requests.RequestException) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


def _run(stack: ExitStack, *, is_check: bool) -> None:
    docker_host = stack.enter_context(ensure_engine())
    say(f"The container engine answers at {docker_host}")
    request = _environment_to_add(stack)
    folder = Path(os.environ["ENVBUILDER_DEV_DIR"], "check" if is_check else "demo")
    people = People()
    if is_check:
        # A check begins with nothing, and must not meet what a demo has on the same engine.
        shutil.rmtree(folder, ignore_errors=True)
        people = replace(people, admin="checkadmin", user="checkuser")
        request["name"] += "-check"
    hub = _start_hub(stack, folder, docker_host, people, is_check=is_check)
    service = ServiceClient(
        f"{hub.url}services/envbuilder/", hub.user_token(people.admin, admin=True)
    )
    _build(service, request)
    if is_check:
        _check_server(hub, request["name"], people.user)
        _remove(hub, service, request["name"], people.user)
        _remove_home(docker_host, people.user)
        say("The main job works.")
        return
    print(
        f"""
  {hub.url}

  admin     {people.admin}
  user      {people.user}
  password  {people.password}

Ctrl-C stops everything; environments and homes are kept for the next time.
The Hub's log: {hub.log_path}
""",
        flush=True,
    )
    threading.Event().wait()


def _environment_to_add(stack: ExitStack) -> dict[str, Any]:
    """The address typed by the person, or the example on a git server of our own."""
    repo_url = os.environ.get("REPO")
    if repo_url:
        path = repo_url.rstrip("/").removesuffix(".git")
        name = re.sub(r"[^a-z0-9]+", "-", re.split("[/:]", path)[-1].lower()).strip("-")
        return {"name": name[:40] or "environment", "repo_url": repo_url}
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="envbuilder-demo-")))
    server = stack.enter_context(serve_git(folder))
    files = {path.name: path.read_bytes() for path in EXAMPLE.iterdir() if path.is_file()}
    repository = server.create("waves", files)
    say(f"The example repository is at {repository.url}")
    return {
        "name": "waves",
        "display_name": "Waves",
        "description": "A notebook with matplotlib and numpy.",
        "repo_url": repository.url,
    }


def _start_hub(
    stack: ExitStack, folder: Path, docker_host: str, people: People, *, is_check: bool
) -> HubProcess:
    folder.mkdir(parents=True, exist_ok=True)
    base_image = ensure_base_image(docker_host)
    say(f"Environments start from {base_image}")
    (folder / "envbuilder_config.py").write_text(python_settings(base_image))
    hub = HubProcess(
        (CHECKOUT / "dev" / "jupyterhub_config.py").read_text(),
        hub_address=bridge_address(docker_host),
        folder=folder,
        port=None if is_check or is_listening(USUAL_PORT) else USUAL_PORT,
        env={
            "DEMO_PASSWORD": people.password,
            "DEMO_ADMIN": people.admin,
            "DEMO_USER": people.user,
            "DEMO_SERVICE_URL": f"http://127.0.0.1:{free_port()}",
        },
    )
    stack.enter_context(hub)
    hub.wait_for_service("envbuilder", "health")
    say(f"The Hub and the service answer at {hub.url}")
    return hub


def _build(service: ServiceClient, request: dict[str, Any]) -> None:
    """Add the environment, or bring one of an earlier run up to date, and follow its build."""
    name = request["name"]
    environment = service.find_environment(name)
    if environment is None:
        environment = service.ask("POST", "api/environments", json=request)
        say(f"Added the environment {name}")
    else:
        change = {key: value for key, value in request.items() if key != "name"}
        environment = service.ask("PATCH", f"api/environments/{name}", json=change)
        if environment["status"] not in ("queued", "building"):
            service.ask("POST", f"api/environments/{name}/builds", json={})
            environment = service.ask("GET", f"api/environments/{name}")
        say(f"The environment {name} is there from an earlier run, and is brought up to date")
    started = time.monotonic()
    _follow(service, environment["last_build"]["id"])
    build = service.ask("GET", f"api/environments/{name}")["current_build"]
    say(f"Built {build['image']} in {time.monotonic() - started:.1f} s")


def _follow(service: ServiceClient, build: int) -> None:
    """Show the steps of a build by name until it has ended well."""
    status, tail = "", ""
    for event in service.follow(build):
        data = event.data
        if event.name == "status":
            status = data["status"]
            say(f"  {status}")
        elif event.name == "step" and data["status"] != "running":
            outcome = "cached" if data["cached"] else data["status"]
            say(f"    {outcome:7} {' '.join(data['name'].split())[:100]}")
        elif event.name == "log":
            tail = (tail + data["text"])[-3000:]
    if status != "built":
        error = service.ask("GET", f"api/builds/{build}")["error"]
        raise DevError(f"{tail}\nThe build ended as {status or 'nothing'}: {error}")


def _check_server(hub: HubProcess, environment: str, username: str) -> None:
    """Start a server as a user, and see that JupyterLab answers in it."""
    token = hub.user_token(username)
    profile = ServiceClient(f"{hub.url}services/envbuilder/", token).ask("GET", "api/profiles")
    choice = {"environment": environment, "profile": profile["items"][0]["label"]}
    started = time.monotonic()
    answer = hub.api("POST", f"users/{username}/server", token=token, json=choice)
    if not answer.ok:
        raise DevError(f"The Hub refused to start a server: {answer.text}")
    _wait_for_server(hub, username, token)
    say(f"A server with {choice} was ready in {time.monotonic() - started:.1f} s")
    for path in ("api/status", "lab"):
        url = f"{hub.url}user/{username}/{path}"
        answer = requests.get(url, headers={"Authorization": f"token {token}"}, timeout=30)
        say(f"  GET {url}: {answer.status_code}")
        if answer.status_code != 200:
            raise DevError(f"JupyterLab answered {answer.status_code}: {answer.text[:500]}")


def _wait_for_server(hub: HubProcess, username: str, token: str) -> None:
    with requests.get(
        f"{hub.api_url}/users/{username}/server/progress",
        headers={"Authorization": f"token {token}"},
        stream=True,
        timeout=120,
    ) as response:
        for event in read_events(response):
            if event.data.get("ready"):
                return
            if event.data.get("failed"):
                raise DevError(f"The server did not start: {event.data['message']}")
    raise DevError(f"The server did not become ready (see {hub.log_path})")


def _remove(hub: HubProcess, service: ServiceClient, environment: str, username: str) -> None:
    """Stop the server, and delete what it was started from."""
    deadline = time.monotonic() + 60
    while hub.api("DELETE", f"users/{username}/server").status_code == 202:
        if time.monotonic() > deadline:
            raise DevError("The server did not stop within 60 seconds")
        time.sleep(0.2)
    say("The server is stopped")
    service.ask("DELETE", f"api/environments/{environment}")
    say("The environment is deleted")


def _remove_home(docker_host: str, username: str) -> None:
    """Homes outlive servers and environments; that of a check is nobody's."""
    with closing(docker.APIClient(base_url=docker_host, version="auto")) as engine:
        for volume in engine.volumes(filters={"name": f"-{username}"})["Volumes"] or []:
            engine.remove_volume(volume["Name"])


def say(text: str) -> None:
    """Tell the person what was seen."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
