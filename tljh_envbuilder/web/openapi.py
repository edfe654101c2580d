"""openapi.json, generated from the models and the route table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from tljh_envbuilder._version import __version__
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.errors import Error
from tljh_envbuilder.web.operations import (
    EVENT_STREAM,
    JSON,
    Body,
    Operation,
    methods_of,
    operation,
    operation_of,
)
from tljh_envbuilder.web.paths import PARAMETERS
from tljh_envbuilder.web.route import Route

_REF = "#/components/schemas/{model}"


class OpenApiHandler(BaseHandler):
    """The contract."""

    @operation("This contract", answers={200: None}, content_types=(JSON,))
    async def get(self) -> None:
        """Send the contract."""
        self.set_header("Content-Type", JSON)
        self.write(self.settings["contract"])


def operations(routes: Iterable[Route]) -> Iterator[tuple[Route, str, Operation]]:
    """Each method of each route."""
    for route in routes:
        for method in methods_of(route.handler):
            described = operation_of(getattr(route.handler, method))
            assert described is not None
            yield route, method, described


def openapi(routes: Iterable[Route], prefix: str) -> dict[str, Any]:
    """The contract as an OpenAPI 3.1 document."""
    described = list(operations(routes))
    schemas, definitions = models_json_schema(
        sorted(_models(described), key=lambda item: (item[0].__name__, item[1])), ref_template=_REF
    )
    paths: dict[str, dict[str, Any]] = {}
    for route, method, each in described:
        paths.setdefault(f"/{route.path}", {})[method] = _operation(route, each, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "tljh-envbuilder", "version": __version__},
        "servers": [{"url": prefix.rstrip("/")}],
        "security": [{"token": []}, {"cookie": []}],
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token of the Hub."},
                "cookie": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-XSRFToken",
                    "description": "With the cookie that the Hub's login leaves.",
                },
            },
        },
    }


def _models(
    described: Iterable[tuple[Route, str, Operation]],
) -> set[tuple[type[BaseModel], Any]]:
    found: set[tuple[type[BaseModel], Any]] = {(Error, "serialization")}
    for _, _, each in described:
        if each.request is not None:
            found.add((each.request, "validation"))
        if each.query is not None:
            found.add((each.query, "validation"))
        found |= {
            (body, "serialization")
            for body in (*each.answers.values(), *each.events)
            if isinstance(body, type) and issubclass(body, BaseModel)
        }
    return found


def _operation(route: Route, each: Operation, schemas: Any) -> dict[str, Any]:
    parameters = [*_path_parameters(route), *_query_parameters(each), *_header_parameters(each)]
    answers = {
        str(status): _answer(each, status, body, schemas) for status, body in each.answers.items()
    }
    for status in _error_statuses(route, each):
        answers[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {JSON: {"schema": schemas[(Error, "serialization")]}},
        }
    document: dict[str, Any] = {"summary": each.summary, "responses": answers}
    if parameters:
        document["parameters"] = parameters
    if each.request is not None:
        document["requestBody"] = {
            "required": True,
            "content": {JSON: {"schema": schemas[(each.request, "validation")]}},
        }
    if each.public:
        document["security"] = []
    return document


def _error_statuses(route: Route, each: Operation) -> list[int]:
    statuses = set(each.errors)
    if not each.public:
        statuses |= {400, 401, 403, 503}
    if "{" in route.path:
        statuses.add(404)
    return sorted(statuses - set(each.answers))


def _answer(each: Operation, status: int, body: Body, schemas: Any) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if body is not None and issubclass(body, BaseModel):
        answer["content"] = {JSON: {"schema": schemas[(body, "serialization")]}}
    elif body is not None:
        answer["content"] = {kind: _text(kind) for kind in each.content_types}
    elif status == HTTPStatus.OK:
        answer["content"] = {JSON: {"schema": {"type": "object"}}}
    return answer


def _text(kind: str) -> dict[str, Any]:
    # OpenAPI 3.1 cannot describe the events of a stream; docs/http-api.md does.
    return {} if kind == EVENT_STREAM else {"schema": {"type": "string"}}


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    names = re.findall(r"\{(\w+)\}", route.path)
    return [_parameter(name, "path", PARAMETERS[name]) for name in names]


def _header_parameters(each: Operation) -> list[dict[str, Any]]:
    return [_parameter(name, "header", kind) for name, kind in each.headers.items()]


def _parameter(name: str, where: str, kind: TypeAdapter[Any]) -> dict[str, Any]:
    schema = kind.json_schema()
    return {
        "name": name,
        "in": where,
        "required": where == "path",
        "description": schema.pop("description"),
        "schema": schema,
    }


def _query_parameters(each: Operation) -> list[dict[str, Any]]:
    if each.query is None:
        return []
    properties = each.query.model_json_schema(ref_template=_REF)["properties"]
    return [
        {"name": name, "in": "query", "required": False, "schema": _in_query(schema)}
        for name, schema in properties.items()
    ]


def _in_query(schema: dict[str, Any]) -> dict[str, Any]:
    """A query has no null: what may be null may be left out."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    return {**rest, **kinds[0]}
