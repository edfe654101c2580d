"""The route table: what is served where, and nothing else is."""

from __future__ import annotations

import re

from tornado.web import RequestHandler

from tljh_envbuilder.web.builds import BuildHandler, CancelHandler, LogHandler, PackagesHandler
from tljh_envbuilder.web.disk import CleanHandler, DiskHandler
from tljh_envbuilder.web.environments import (
    EnvironmentBuildsHandler,
    EnvironmentHandler,
    EnvironmentsHandler,
    RemovalHandler,
    RollbackHandler,
)
from tljh_envbuilder.web.events import EventsHandler
from tljh_envbuilder.web.health import HealthHandler
from tljh_envbuilder.web.hooks import HookHandler, WebhookHandler
from tljh_envbuilder.web.launch import LaunchOptionsHandler, LaunchResolveHandler
from tljh_envbuilder.web.openapi import OpenApiHandler
from tljh_envbuilder.web.profiles import ProfilesHandler
from tljh_envbuilder.web.repository import RefsHandler
from tljh_envbuilder.web.route import Route
from tljh_envbuilder.web.servers import ServerHandler, ServerProgressHandler, ServersHandler

ROUTES = (
    Route("api/environments", EnvironmentsHandler),
    Route("api/environments/{name}", EnvironmentHandler),
    Route("api/environments/{name}/builds", EnvironmentBuildsHandler),
    Route("api/environments/{name}/removal", RemovalHandler),
    Route("api/environments/{name}/rollback", RollbackHandler),
    Route("api/environments/{name}/webhook", WebhookHandler),
    Route("api/hooks/{name}", HookHandler),
    Route("api/repository/refs", RefsHandler),
    Route("api/builds/{id}", BuildHandler),
    Route("api/builds/{id}/cancel", CancelHandler),
    Route("api/builds/{id}/log", LogHandler),
    Route("api/builds/{id}/packages", PackagesHandler),
    Route("api/events", EventsHandler),
    Route("api/profiles", ProfilesHandler),
    Route("api/disk", DiskHandler),
    Route("api/disk/clean", CleanHandler),
    Route("api/servers", ServersHandler),
    Route("api/servers/{server_name}", ServerHandler),
    Route("api/server-progress", ServerProgressHandler),
    Route("api/launch/options", LaunchOptionsHandler),
    Route("api/launch/resolve", LaunchResolveHandler),
    Route("api/openapi.json", OpenApiHandler),
    Route("health", HealthHandler),
)


def tornado_rules(prefix: str) -> list[tuple[str, type[RequestHandler]]]:
    """The route table as Tornado wants it."""
    return [(re.escape(prefix) + route.pattern, route.handler) for route in ROUTES]
