"""The evidence: checkpoints, and proofs that entries stand under them."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import wire_answers as wire
from api.http import answers, rendering
from api.http.body_route import no_parameters
from api.http.conditional import json_answer, tag_of
from api.http.described import Responses, parameters, problem_answers, read_answers
from api.http.paths import Serving
from api.http.problems import NoSuchCheckpoint, NotInFile
from api.http.queries import DIGITS, POSITION_MAX, Query, read_query
from api.http.service import Service
from domain.events import Position
from domain.proof import errors
from domain.proof.bundles import consistency_proof, entry_proof
from domain.proof.checkpoint import Checkpoint
from domain.proof.evidence import KeptCheckpoint, Snapshot
from domain.proof.notes import Note

T = TypeVar("T")

router = APIRouter(tags=["ledger"])

TEXT = "text/plain; charset=utf-8"
_NOTE: Responses = {200: {"description": "A signed note.", "content": {TEXT: {"schema": {"type": "string"}}}}}
PAGE_MAX = 1000

_SIGNING = (errors.NothingToSign, errors.NoTrees, errors.NotConsistent, errors.KeysUnknown, errors.OriginDiffers)


class CheckpointsQuery(Query):
    """Which checkpoints."""

    after: Annotated[Annotated[int, Field(ge=0, le=POSITION_MAX), DIGITS], Field(description="Those after this number.", examples=[0])] = 0
    limit: Annotated[Annotated[int, Field(ge=1, le=PAGE_MAX), DIGITS], Field(description="At the most so many.", examples=[100])] = 100


class ConsistencyQuery(Query):
    """Between which sizes of the log."""

    old: Annotated[Annotated[int, Field(ge=1, le=POSITION_MAX), DIGITS], Field(description="Size of the earlier checkpoint.", examples=[1])]
    new: Annotated[Annotated[int, Field(ge=1, le=POSITION_MAX), DIGITS], Field(description="Size of the later one.", examples=[2])]


@router.get(
    "/v1/ledger/checkpoint",
    operation_id="getCheckpoint",
    summary="The last checkpoint: what the ledger held, signed",
    dependencies=[Depends(no_parameters)],
    response_class=Response,
    responses={**problem_answers(NoSuchCheckpoint, errors.NoTrees), **_NOTE},
)
async def get_checkpoint(service: Serving) -> Response:
    """A signed note (c2sp.org/tlog-checkpoint). Keep it where nobody who can change the ledger can change it."""
    return Response(_there(await run_in_threadpool(service.proving.last)).note, media_type=TEXT, headers={"Cache-Control": "no-cache"})


@router.post(
    "/v1/ledger/checkpoint",
    operation_id="makeCheckpoint",
    summary="Sign what the ledger holds now",
    status_code=201,
    dependencies=[Depends(no_parameters)],
    response_model=answers.Checkpoint,
    responses=problem_answers(*_SIGNING),
)
async def make_checkpoint(service: Serving) -> Response:
    """Where nothing was added since the last checkpoint, that one is the answer."""
    kept = service.checkpoint = await run_in_threadpool(service.proving.checkpoint)
    return Response(rendering.plain(_wire(kept)), 201, {"Location": "/v1/ledger/checkpoint"}, "application/json")


@router.get(
    "/v1/ledger/checkpoints",
    operation_id="listCheckpoints",
    summary="All checkpoints, in order",
    response_model=answers.Checkpoints,
    responses=read_answers(errors.NoTrees),
    openapi_extra=parameters(CheckpointsQuery),
)
async def list_checkpoints(request: Request, service: Serving) -> Response:
    """`next` is the number after which the following page begins, where there is one."""
    query = read_query(CheckpointsQuery, request)
    found = await _asked(service, lambda snapshot: snapshot.checkpoints(query.after, query.limit + 1))
    shown = found[: query.limit]
    body = rendering.plain({"checkpoints": [*map(_wire, shown)], "next": shown[-1].number if len(found) > query.limit else None})
    return json_answer(request, body, tag_of(body))


@router.get(
    "/v1/ledger/verification",
    operation_id="getVerification",
    summary="What the last verification of the ledger's file came to",
    dependencies=[Depends(no_parameters)],
    response_model=answers.Verification,
    responses=problem_answers(NotInFile),
)
async def get_verification(service: Serving) -> Response:
    """Every stored row is hashed anew now and then, and compared with the trees and with every checkpoint."""
    return Response(_verification(service), headers={"Cache-Control": "no-store"}, media_type="application/json")


@router.post(
    "/v1/ledger/verification",
    operation_id="makeVerification",
    summary="Verify the ledger's file",
    status_code=202,
    dependencies=[Depends(no_parameters)],
    response_model=answers.Verification,
    responses=problem_answers(NotInFile),
)
async def make_verification(service: Serving) -> Response:
    """It begins, unless one goes on; `GET` tells what it came to. It takes about ten seconds for a million entries."""
    if service.verifications.path is not None:
        service.verifications.begin()
    return Response(_verification(service), 202, {"Location": "/v1/ledger/verification"}, "application/json")


def _verification(service: Service) -> bytes:
    verifications = service.verifications
    if verifications.path is None:
        raise NotInFile(detail="It is kept in memory or elsewhere. Export it, and verify the copy: lifecycle export, lifecycle restore.")
    last, running = verifications.last, verifications.began_at
    told: wire.JSON = {"running_since": wire.instant(running) if running else None, "last": None}
    if last is not None:
        numbers = {name: getattr(last, name) for name in ("verdict", "reason", "table", "row", "entries", "commands", "checkpoints")}
        told["last"] = {**numbers, "began_at": wire.instant(last.began_at), "ended_at": wire.instant(last.ended_at)}
    return rendering.plain(told)


@router.get(
    "/v1/ledger/keys",
    operation_id="listSigningKeys",
    summary="The keys by which checkpoints are checked",
    response_model=answers.SigningKeys,
    responses=read_answers(NoSuchCheckpoint, errors.NoTrees),
    openapi_extra=parameters(Query),
)
async def list_signing_keys(request: Request, service: Serving) -> Response:
    """Those that the last checkpoint publishes, as `name+hash+key` (c2sp.org/signed-note)."""
    read_query(Query, request)
    last = _there(await run_in_threadpool(service.proving.last))
    checkpoint = Checkpoint.read(Note.read(last.note).text)
    body = rendering.plain({"origin": checkpoint.origin, "keys": [str(key) for key in checkpoint.keys]})
    return json_answer(request, body, tag_of(body))


@router.get(
    "/v1/ledger/proof/entries/{position}",
    operation_id="proveEntry",
    summary="Prove that an entry stands under the last checkpoint",
    dependencies=[Depends(no_parameters)],
    response_class=Response,
    responses={**problem_answers(NoSuchCheckpoint, errors.NoTrees, errors.BeyondCheckpoint), **_NOTE},
)
async def prove_entry(
    service: Serving, position: Annotated[int, Path(ge=1, le=POSITION_MAX, description="Of the entry.", examples=[1])]
) -> Response:
    """A text (c2sp.org/tlog-proof) with the checkpoint in it. The leaf covers every column of the entry: see the README."""
    text = await _asked(service, lambda snapshot: entry_proof(snapshot, _there(snapshot.last_checkpoint()), position))
    return Response(text, media_type=TEXT, headers={"Cache-Control": "no-cache"})


@router.get(
    "/v1/ledger/proof/consistency",
    operation_id="proveConsistency",
    summary="Prove that the log of a size is the beginning of the log of a larger one",
    response_model=answers.Consistency,
    responses=read_answers(errors.NoTrees, errors.BeyondCheckpoint),
    openapi_extra=parameters(ConsistencyQuery),
)
async def prove_consistency(request: Request, service: Serving) -> Response:
    """Hashes in base64, as RFC 9162 has them (2.1.4.1); empty where both are the same."""
    query = read_query(ConsistencyQuery, request)
    path = await _asked(service, lambda snapshot: _consistency(snapshot, query.old, query.new))
    body = rendering.plain({"old": query.old, "new": query.new, "path": path})
    return json_answer(request, body, tag_of(body), immutable=True)


async def _asked(service: Service, question: Callable[[Snapshot], T]) -> T:
    return await run_in_threadpool(service.proving.evidence.at_one_moment, question)


def _consistency(snapshot: Snapshot, old: Position, new: Position) -> list[str]:
    size = snapshot.entries().size
    if max(old, new) > size or old > new:
        raise errors.BeyondCheckpoint(max(old, new), size)
    return consistency_proof(snapshot, old, new) if old < new else []


def _there(kept: KeptCheckpoint | None) -> KeptCheckpoint:
    if kept is None:
        raise NoSuchCheckpoint(detail="Nothing is signed yet. POST /v1/ledger/checkpoint signs what the ledger holds now.")
    return kept


def _wire(kept: KeptCheckpoint) -> wire.JSON:
    return {"number": kept.number, "size": kept.size, "note": kept.note}
