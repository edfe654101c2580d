"""Everything that the browser tests run on: `python -m dev.ui_test_server [--registry]`.

It says in one line of JSON where everything is, once all answers, and ends with all that it started
when its standard input is closed, which the kernel does for whoever dies, or when it is told to.
With `--registry` each build is pushed, to a registry of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import threading
from base64 import b64encode
from contextlib import ExitStack
from pathlib import Path

import requests
from docker.errors import DockerException

from dev.base_image import ensure_base_image
from dev.deployment import Deployment
from dev.engine import bridge_address, ensure_engine
from dev.git_server import serve_git
from dev.process import DevError
from dev.registry import run_registry
from dev.relay import Relay
from dev.singleuser_image import ensure_singleuser_image
from dev.ui_test_control import Control, serve_control

ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

ADMIN, BUILDER, USERS = "ada", "barbara", ("grace", "linus")

# The Hub looks after its services every 30 seconds, and has no setting for it.
HUB_SETTINGS = """
import jupyterhub.services.service as _service
from traitlets import Integer as _Integer

class _CloselyWatched(_service._ServiceSpawner):
    poll_interval = _Integer(1)

_service._ServiceSpawner = _CloselyWatched

# Nobody's work is lost here, and JupyterLab takes seconds to end by itself.
c.DockerSpawner.extra_create_kwargs = {"stop_signal": "SIGKILL"}
"""

# A session that was ended counts as ended within a second; the usual half a minute is of no
# interest here.
SERVICE_SETTINGS = """
c.DockerEngine.docker_host = {docker_host!r}
c.HubOAuth.cache_max_age = 1
c.Fetcher.work_dir = {work_dir!r}
c.DiskGuard.min_free_space = 0
c.Cleaner.max_build_cache = 0
c.Profiles.free_size = {{"mem_limit": 3 * 2**30, "cpu_limit": 3.0}}
"""

REGISTRY_SETTINGS = """
c.Registry.registry_url = "http://{address}"
c.DockerEngine.registry_config = {config!r}
"""


def main() -> int:
    """Run until nobody listens any more."""
    ending = threading.Event()
    for number in ENDING:
        signal.signal(number, _end)
    try:
        with ExitStack() as stack:
            said = _start(stack, with_registry="--registry" in sys.argv[1:])
            threading.Thread(target=_wait_for_end_of_input, args=(ending,), daemon=True).start()
            print(json.dumps(said), flush=True)
            ending.wait()
    except KeyboardInterrupt:
        return 0
    except (DevError, DockerException, requests.RequestException) as error:
        print(f"ui-test-server: {error}", file=sys.stderr)
        return 1
    return 0


def _end(*_: object) -> None:
    """What was begun to be stopped is stopped, however often one is told to."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _wait_for_end_of_input(ending: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    ending.set()


def _complaints(log: Path) -> str:
    """What the Hub and the service call errors, among all that the proxy says."""
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(line for line in lines if line.startswith(("[E ", "[C ")))


def _registry_settings(stack: ExitStack, folder: Path) -> str:
    """Start a registry; gives the service's settings that push to it."""
    registry = stack.enter_context(run_registry())
    login = b64encode(f"{registry.username}:{registry.password}".encode()).decode()
    config = folder / "registry.json"
    config.write_text(json.dumps({"auths": {registry.address: {"auth": login}}}))
    return REGISTRY_SETTINGS.format(address=registry.address, config=str(config))


def _start(stack: ExitStack, *, with_registry: bool) -> dict[str, object]:
    """Start all; gives what the tests need to know."""
    docker_host = stack.enter_context(ensure_engine())
    base_image = ensure_base_image(docker_host)
    singleuser_image = ensure_singleuser_image(docker_host, base_image)
    folder = Path(tempfile.mkdtemp(prefix="envbuilder-ui-tests-", dir="/var/tmp"))
    # The service's unprivileged fetch worker has its own below it.
    folder.chmod(0o755)
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    git_server = stack.enter_context(serve_git(folder / "git"))
    relay = stack.enter_context(Relay(docker_host))
    settings = SERVICE_SETTINGS.format(
        docker_host=f"tcp://{relay.address}", work_dir=str(folder / "work")
    )
    if with_registry:
        settings += _registry_settings(stack, folder)
    deployment = Deployment(
        folder / "deployment",
        bridge_address(docker_host),
        admin=ADMIN,
        builders=[BUILDER],
        hub_extra=HUB_SETTINGS,
        service_extra=settings,
    )
    try:
        stack.enter_context(deployment)
    except DevError as error:
        raise DevError(f"{error}\n{_complaints(deployment.hub.log_path)}") from None
    for user in (ADMIN, BUILDER, *USERS):
        deployment.hub.user_token(user, admin=user == ADMIN)
    control = stack.enter_context(serve_control(Control(deployment, git_server, relay)))
    return {
        "hub_url": deployment.hub.url,
        "service_url": deployment.url,
        "control_url": control,
        "password": deployment.password,
        "users": {"admin": ADMIN, "builder": BUILDER, "users": USERS},
        "groups": ["lecturers"],
        "base_image": base_image,
        "singleuser_image": singleuser_image,
        "hub_log": str(deployment.hub.log_path),
    }


if __name__ == "__main__":
    sys.exit(main())
