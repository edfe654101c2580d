"""`tljh-envbuilder rebuild`: a new build of an environment of the service."""

from __future__ import annotations

import click

from tljh_envbuilder.cli import options


@click.command("rebuild")
@click.argument("name")
@click.option("--ref", help="Branch, tag or commit; the environment's own, if left out.")
@click.option("--no-cache", is_flag=True, help="Run each step again, whatever is cached.")
@click.option("--no-wait", is_flag=True, help="Queue the build, and do not wait for its end.")
@options.service_url
@options.token
@options.as_json
def command(
    name: str,
    ref: str | None,
    no_cache: bool,
    no_wait: bool,
    service_url: str | None,
    token: str | None,
    as_json: bool,
) -> None:
    """Build the environment NAME anew, and show how it goes.

    Ctrl-C leaves the build alone: it goes on in the service.
    """
    from tljh_envbuilder.cli.following import follow_build

    service = options.the_service(service_url, token)
    build = service.post(f"api/environments/{name}/builds", {"ref": ref, "no_cache": no_cache})
    if not no_wait:
        build = follow_build(service, build["id"], options.console, as_json=False)
    text = build["image"] or f"Build {build['id']} is {build['status']}."
    options.write(build, text, as_json=as_json)
