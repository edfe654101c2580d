"""Where a user's home is kept, and whose it is."""

from __future__ import annotations

from typing import Any

from docker.errors import APIError, NotFound
from dockerspawner import DockerSpawner
from traitlets import Bool, Enum, Unicode

from tljh_envbuilder.models import labels
from tljh_envbuilder.models.launch import Launch
from tljh_envbuilder.spawner.errors import StartError

#: What the start script ends with where the home is another user's (EX_CANTCREAT of sysexits.h).
NOT_OURS = 73
#: Longest time in seconds that giving a home to another user may take.
HAND_OVER_TIMEOUT = 300


class HomeMixin(DockerSpawner):
    """Mounts a home that outlives servers and environments; any image's user can work in it."""

    home_volume = Unicode(
        "jupyterhub-{username}",
        config=True,
        help="Name of the volume that holds a user's home, for all servers of the user; "
        "`{username}` is the escaped name. Empty: no volume, and a home goes with its container.",
    )
    home_folder = Unicode(
        config=True,
        help="Folder on the engine's machine that holds a user's home, in place of a volume, such "
        "as `/srv/homes/{username}`. Made where it is missing, and given to the image's user. "
        "Unlike a volume it does not begin with what the image has in its home.",
    )
    separate_homes = Bool(
        False,
        config=True,
        help="Give each named server a home of its own (`--` and its name added to that of the "
        "volume or folder); otherwise all servers of a user share one.",
    )
    repository_files = Enum(
        ["copy", "read-only", "none"],
        default_value="copy",
        config=True,
        help="What users find of the repository in their home: a copy that is theirs (what a new "
        "commit adds is added, what they have is left alone), a link to the files in the image, "
        "or nothing.",
    )

    launch: Launch | None
    _checks_owner = True
    _test_home = ""

    def opens_at(self, launch: Launch) -> str:
        """The page of the server that a user comes to; the folder's only where there is one."""
        folder = f"/lab/tree/{launch.environment}"
        is_left_out = self.repository_files == "none" and launch.default_url == folder
        return "/lab" if is_left_out else launch.default_url

    @property
    def home_source(self) -> str:
        """The volume or the folder, by its name on the engine; empty for none."""
        template = self.home_folder or self.home_volume
        if template and self.launch is not None and self.launch.is_test:
            return self._name_of_test_home()
        if not template:
            return ""
        if self.separate_homes and self.name:
            # No escaped name holds two dashes, so that nobody's two homes are one.
            template += "--{servername}"
        return str(self.format_volume_name(template, self))

    def _name_of_test_home(self) -> str:
        """Of its own for each server; no escaped name holds two dashes."""
        template = self.home_volume or str(HomeMixin.home_volume.default_value)
        return str(self.format_volume_name(f"{template}--test--{{servername}}", self))

    def load_state(self, state: dict[str, Any]) -> None:
        """As in DockerSpawner."""
        super().load_state(state)
        self._test_home = state.get("test_home", "")

    def get_state(self) -> dict[str, Any]:
        """As in DockerSpawner; a Hub that comes next knows what is to be removed."""
        state: dict[str, Any] = super().get_state()
        return {**state, "test_home": self._test_home} if self._test_home else state

    async def forget_test_home(self) -> None:
        """Let a test server begin with an empty home, also where one was cut short."""
        if self.user_options.get("build") is not None:
            self._test_home = self._name_of_test_home()
            await self.remove_test_home()

    async def remove_test_home(self) -> None:
        """Remove the home of a test server that has ended, if it was one."""
        name, self._test_home = self._test_home, ""
        if not name:
            return
        try:
            await self.docker("remove_volume", name)
        except NotFound:
            return
        except APIError as error:
            self.log.warning("The home %s of a test server stays: %s", name, error)

    @property
    def volume_binds(self) -> dict[str, Any]:
        """As in DockerSpawner, and the user's home, unless the operator mounts something there."""
        binds: dict[str, Any] = super().volume_binds
        if self.launch is not None and self.home_source:
            targets = {bind["bind"] for bind in binds.values()}
            targets |= {mount["Target"] for mount in self.mount_binds}
            if self.launch.home not in targets:
                binds.setdefault(self.home_source, self._home_bind(self.launch))
        return binds

    def _home_bind(self, launch: Launch) -> dict[str, str]:
        """How the home is mounted; a test's is empty, as if its user had another one before."""
        return {"bind": launch.home, "mode": "rw,nocopy" if launch.is_test else "rw"}

    @property
    def _owns_home(self) -> bool:
        """Whether the home is mounted by us, and its owner to be seen to."""
        assert self.launch is not None
        mounted = self.volume_binds.get(self.home_source, {}).get("bind")
        return bool(self.home_source) and mounted == self.launch.home and self.launch.uid != 0

    def start_script_arguments(self) -> list[str]:
        """What start.sh does with the home: which files it brings, and whose it must be."""
        checks = self._checks_owner and self._owns_home
        return [self.repository_files, "own" if checks else "any"]

    async def home_is_anothers(self) -> bool:
        """Whether the server has just ended because its image's user does not own the home."""
        container = await self.get_object() if self.launch is not None else None
        state = (container or {}).get("State", {})
        ended = state.get("Status") in {"exited", "dead"} and state.get("ExitCode") == NOT_OURS
        return self._checks_owner and ended

    async def take_over_home(self) -> None:
        """Give the home to the image's user: that of an environment used before had another id.

        Raises StartError while another server of the same user works there under the other id.
        """
        assert self.launch is not None
        launch = self.launch
        for container in await self._others_in_this_home():
            name = container["Labels"].get(labels.SERVER) or "the default one"
            raise StartError(
                409,
                f"Your server {name} uses the same home under another user id. Stop it first, and "
                "start this one again.",
            )
        self.log.info("Giving the home %s to %s:%s", self.home_source, launch.uid, launch.gid)
        bind = {self.home_source: self._home_bind(launch)}
        container = await self.docker(
            "create_container",
            launch.image_id,
            entrypoint=["chown"],
            command=["-hR", f"{launch.uid}:{launch.gid}", launch.home],
            user="0:0",
            network_disabled=True,
            host_config=await self.docker("create_host_config", binds=bind),
        )
        try:
            await self.docker("start", container["Id"])
            ended = await self.docker("wait", container["Id"], timeout=HAND_OVER_TIMEOUT)
        finally:
            await self.docker("remove_container", container["Id"], v=False, force=True)
        if ended["StatusCode"] != 0:
            raise StartError(
                500, "Your home could not be given to this environment's user. Tell an admin."
            )

    async def _others_in_this_home(self) -> list[dict[str, Any]]:
        assert self.launch is not None
        running = await self.docker(
            "containers", filters={"label": f"{labels.USER}={self.user.name}"}
        )
        source = self.home_source
        return [
            container
            for container in running
            if container["Labels"].get(labels.UID) not in {None, str(self.launch.uid)}
            and source
            in {mount.get("Name") or mount.get("Source") for mount in container["Mounts"]}
        ]
