"""The words of the form, in the languages that there are."""

# ruff: noqa: RUF001, because French has typographic apostrophes

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Texts:
    """The form in one language; what holds a value is a format string."""

    language: str
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
    cpu: str
    cpus: str
    gpus: str
    own_size: str
    own_memory: str
    own_cpus: str
    own_most: str
    own_empty: str
    own_memory_wrong: str
    own_cpus_wrong: str
    more: str
    more_page: str
    units: tuple[str, str, str]
    decimal: str


ENGLISH = Texts(
    language="en",
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
    cpu="CPU",
    cpus="CPUs",
    gpus="{count} GPU",
    own_size="A size of my own instead",
    own_memory="Memory in GB",
    own_cpus="CPUs",
    own_most="{most} at most.",
    own_empty="Enter how much memory, how many CPUs, or both.",
    own_memory_wrong="Enter a number of GB from 0.01 to {most}.",
    own_cpus_wrong="Enter a number of CPUs from 0.01 to {most}.",
    more="{count} more on the",
    more_page="Environments page",
    units=("MB", "GB", "TB"),
    decimal=".",
)

FRENCH = Texts(
    language="fr",
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
    cpu="CPU",
    cpus="CPU",
    gpus="{count} GPU",
    own_size="Plutôt une taille de mon choix",
    own_memory="Mémoire en Go",
    own_cpus="CPU",
    own_most="{most} au plus.",
    own_empty="Saisissez la mémoire, le nombre de CPU, ou les deux.",
    own_memory_wrong="Saisissez un nombre de Go, de 0,01 à {most}.",
    own_cpus_wrong="Saisissez un nombre de CPU, de 0,01 à {most}.",
    more="{count} de plus sur la",
    more_page="page des environnements",
    units=("Mo", "Go", "To"),
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
