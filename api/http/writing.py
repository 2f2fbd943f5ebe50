"""Writing: the headers that make a command safe to send, and what it is answered."""

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import Header, Query, Response
from starlette.concurrency import run_in_threadpool

from api import wire_answers as wire
from api.http import rendering
from api.http.conditional import JSON_TYPE, version_tag
from api.http.problems import IdempotencyKeyMissing
from api.http.queries import Flag
from api.http.service import Service
from api.notices.preview import preview, wire_preview
from domain.commands import AnyCommand
from domain.errors import InvalidName
from domain.receipts import Receipt
from domain.rehearsal import rehearse
from domain.subjects import Scope, SubjectKey

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_TAG = re.compile(r'"([0-9]{1,15})"')
_OUR_OWN = ("tick:", "audience:", "close:", "read:")
"""Keys under which the ledger's own clock and its notices' worker record."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        description="Required: a text of your own, up to 255 visible ASCII characters. Sent again under it, a command is carried out once.",
        examples=["5f1c4f3e-6a0b-4a53-9a43-0c8e1f3f3d55"],
    ),
]
IfMatch = Annotated[str | None, Header(description='The ETag of the model, like "7": refuse if it has moved on.', examples=['"7"'])]
DryRun = Annotated[Flag, Query(description="Tell what it would do, and write nothing.")]


def command_key(header: str | None) -> str:
    """Return the key of a command.

    Raises:
        IdempotencyKeyMissing: there is none.
        InvalidName: it cannot be one.
    """
    if header is None:
        detail = (
            "Send an Idempotency-Key header with every write, a new one for each command. If the answer is lost, send the command again "
            "under the same key: it is carried out once."
        )
        raise IdempotencyKeyMissing(detail=detail)
    key = header.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not _KEY.fullmatch(key):
        raise InvalidName("Idempotency-Key", header, "use 1 to 255 visible ASCII characters without spaces")
    if key.startswith(_OUR_OWN):
        raise InvalidName("Idempotency-Key", header, f"keys that begin with {' or '.join(_OUR_OWN)} are the ledger's own")
    return key


def expected_version(header: str | None) -> int | None:
    """Return the version that a sender insists on.

    Raises:
        InvalidName: the header is no entity tag of a model.
    """
    if header is None:
        return None
    found = _TAG.fullmatch(header.strip())
    if not found:
        raise InvalidName("If-Match", header, 'write the ETag of the model as it was given, like "7"')
    return int(found[1])


async def write(service: Service, command: AnyCommand, key: str | None, if_match: str | None, location: str) -> Response:
    """Carry a command out, and answer with what it appended."""
    receipt = await service.record(command, command_key(key), expected_version(if_match))
    return written(receipt, service, location)


def written(receipt: Receipt, service: Service, location: str, more: wire.JSON | None = None) -> Response:
    """Answer with what a command appended, and with what its sender is told besides."""
    headers = {"ETag": version_tag(receipt.version), "Location": quote(location, safe="/?=@")}
    if receipt.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(rendering.plain({**wire.receipt(receipt, service.position), **(more or {})}), 201, headers, JSON_TYPE)


async def rehearsal(service: Service, command: AnyCommand, key: SubjectKey, scope: Scope, if_match: str | None) -> Response:
    """Tell what a command would do: the answer before and after, and the findings that would be new."""
    version = expected_version(if_match)
    found = await run_in_threadpool(rehearse, service.sender_ledger, command, key, scope, version)
    notices = [wire_preview(await run_in_threadpool(preview, service.office, opened, found.history)) for opened in found.opened]
    return Response(rendering.plain({**wire.rehearsal(found), "notices": notices}), media_type=JSON_TYPE)
