"""BuildKit's progress messages: the fields that we read, numbered as BuildKit numbers them.

They are `moby.buildkit.v1.StatusResponse` and its parts, from moby/buildkit,
api/services/control/control.proto. They are described here and not generated, because generated
code works with one or two major versions of protobuf only. Numbers of fields never change their
meaning, and fields that are not described are skipped.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

_PACKAGE = "tljh_envbuilder.engine.buildkit"

# message -> field -> number and type, in the words of protobuf's own language
_MESSAGES = {
    "StatusResponse": {
        "vertexes": (1, "repeated Vertex"),
        "statuses": (2, "repeated VertexStatus"),
        "logs": (3, "repeated VertexLog"),
        "warnings": (4, "repeated VertexWarning"),
    },
    "Vertex": {
        "digest": (1, "string"),
        "name": (3, "string"),
        "cached": (4, "bool"),
        "started": (5, "Timestamp"),
        "completed": (6, "Timestamp"),
        "error": (7, "string"),
    },
    "VertexStatus": {
        "ID": (1, "string"),
        "vertex": (2, "string"),
        "name": (3, "string"),
        "current": (4, "int64"),
        "total": (5, "int64"),
        "completed": (8, "Timestamp"),
    },
    "VertexLog": {
        "vertex": (1, "string"),
        "stream": (3, "int64"),
        "msg": (4, "bytes"),
    },
    "VertexWarning": {
        "vertex": (1, "string"),
        "short": (3, "bytes"),
    },
    "Timestamp": {  # as google.protobuf.Timestamp
        "seconds": (1, "int64"),
        "nanos": (2, "int32"),
    },
}


def _describe() -> FileDescriptorProto:
    file = FileDescriptorProto(name=f"{_PACKAGE}.proto", package=_PACKAGE, syntax="proto3")
    for message_name, fields in _MESSAGES.items():
        message = file.message_type.add(name=message_name)
        for name, (number, words) in fields.items():
            label, _, kind = words.rpartition(" ")
            field = message.field.add(
                name=name,
                number=number,
                label=getattr(FieldDescriptorProto, f"LABEL_{(label or 'optional').upper()}"),
            )
            if kind in _MESSAGES:
                field.type = FieldDescriptorProto.TYPE_MESSAGE
                field.type_name = f".{_PACKAGE}.{kind}"
            else:
                field.type = getattr(FieldDescriptorProto, f"TYPE_{kind.upper()}")
    return file


_pool = DescriptorPool()
_pool.Add(_describe())

#: The message class; parts are attributes as in `_MESSAGES`.
StatusResponse: Any = GetMessageClass(_pool.FindMessageTypeByName(f"{_PACKAGE}.StatusResponse"))


def as_datetime(timestamp: Any) -> datetime:
    """The aware time of a Timestamp."""
    second = datetime.fromtimestamp(timestamp.seconds, timezone.utc)
    return second + timedelta(microseconds=timestamp.nanos // 1000)
