"""The words of the form, in the languages that there are."""

# ruff: noqa: RUF001, because French has typographic apostrophes

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Texts:
    """The form in one language; what holds a value is a format string."""

    language: str
    is_one: Callable[[float], bool]
    environment: str
    machine: str
    machine_for: str
    at: str
    built: str
    image_size: str
    last_used: str
    nothing: str
    nothing_build: str
    nothing_ask: str
    core: str
    cores: str
    gpu: str
    gpus: str
    own_size: str
    own_memory: str
    own_cores: str
    own_most: str
    own_empty: str
    own_memory_wrong: str
    own_cores_wrong: str
    more: str
    more_page: str
    units: tuple[str, str, str]
    decimal: str

    def in_cores(self, count: float) -> str:
        """A number of cores, as `1.5 cores`."""
        number = f"{count:g}".replace(".", self.decimal)
        return f"{number} {self.core if self.is_one(count) else self.cores}"

    def in_gpus(self, count: int) -> str:
        """A number of GPUs."""
        return f"{count} {self.gpu if self.is_one(count) else self.gpus}"


ENGLISH = Texts(
    language="en",
    is_one=lambda count: count == 1,
    environment="Environment",
    machine="Machine",
    machine_for="for {name}",
    at="at",
    built="Built",
    image_size="Image of {size}",
    last_used="Last used",
    nothing="There is no environment that you can start a server from yet.",
    nothing_build="If you may add one, do so on the page",
    nothing_ask="Otherwise ask an admin to add one, or to share one with you.",
    core="core",
    cores="cores",
    gpu="GPU",
    gpus="GPUs",
    own_size="A size of my own instead",
    own_memory="Memory in GiB",
    own_cores="CPU cores",
    own_most="{most} at most.",
    own_empty="Enter how much memory, how many cores, or both.",
    own_memory_wrong="Enter a number of GiB from 0.01 to {most}.",
    own_cores_wrong="Enter a number of cores from 0.01 to {most}.",
    more="{count} more on the",
    more_page="Environments page",
    units=("MiB", "GiB", "TiB"),
    decimal=".",
)

FRENCH = Texts(
    language="fr",
    is_one=lambda count: count < 2,
    environment="Environnement",
    machine="Machine",
    machine_for="pour {name}",
    at="au commit",
    built="Construit",
    image_size="Image de {size}",
    last_used="Dernier utilisé",
    nothing="Il n’y a encore aucun environnement à partir duquel démarrer un serveur.",
    nothing_build="Si vous pouvez en ajouter un, faites-le sur la page",
    nothing_ask=(
        "Sinon, demandez à un administrateur d’en ajouter un, ou d’en partager un avec vous."
    ),
    core="cœur",
    cores="cœurs",
    gpu="GPU",
    gpus="GPU",
    own_size="Plutôt une taille de mon choix",
    own_memory="Mémoire en Gio",
    own_cores="Cœurs de processeur",
    own_most="{most} au plus.",
    own_empty="Saisissez la mémoire, le nombre de cœurs, ou les deux.",
    own_memory_wrong="Saisissez un nombre de Gio, de 0,01 à {most}.",
    own_cores_wrong="Saisissez un nombre de cœurs, de 0,01 à {most}.",
    more="{count} de plus sur la",
    more_page="page des environnements",
    units=("Mio", "Gio", "Tio"),
    decimal=",",
)

_LANGUAGES = {texts.language: texts for texts in (ENGLISH, FRENCH)}


def texts_for(accept_language: str) -> Texts:
    """The language of a browser's `Accept-Language` that it likes best; English for all others."""
    wanted = sorted(map(_tag, accept_language.split(",")), key=lambda tag: -tag[1])
    for language, quality in wanted:
        if quality > 0 and language in _LANGUAGES:
            return _LANGUAGES[language]
    return ENGLISH


def _tag(item: str) -> tuple[str, float]:
    """The language of `fr-CH;q=0.8` and how much it is liked."""
    tag, _, parameter = item.partition(";")
    try:
        quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
    except ValueError:
        quality = 0.0
    return tag.strip().lower().split("-")[0], quality
