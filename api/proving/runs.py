"""That a person was told, and that a run was closed, with the proof that it follows from all that the ledger holds of the run."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from api import wire_answers as wire
from api.notices.wire import wire_schedule
from api.proving.notaries import Proving
from domain.events import Position
from domain.instants import format_instant
from domain.notices.events import AudienceRecorded, DeliveriesRecorded, Excluded, Recipient
from domain.notices.refusals import NoSuchMember
from domain.notices.run import Run, fold
from domain.proof.bundles import FORMAT, bundle
from domain.recorded import Recorded
from domain.streams import notice_stream
from domain.subjects import SubjectKey
from projections.notices.told import NOBODY, OutcomeRow, standing


def proven_told(proving: Proving, key: SubjectKey, run: Position, person: str, position: Position) -> wire.JSON:
    """Tell whether a person, by the opaque id, was told in a run, with the bundle that proves it.

    Raises:
        NoSuchMember: the run's audience does not have that person.
        LedgerError: no checkpoint covers the position, and none can be made.
    """
    history = proving.ledger.store.history(notice_stream(key, run), position)
    answer = _told(fold(run, history), history, person)
    return _bundle(proving, "told", {"run": run, "person": person, "position": position}, answer, key)


def proven_closure(proving: Proving, key: SubjectKey, run: Position, position: Position) -> wire.JSON:
    """Tell how a run stands, or how it was closed, with the bundle that proves it.

    Raises:
        LedgerError: no checkpoint covers the position, and none can be made.
    """
    state = fold(run, proving.ledger.store.history(notice_stream(key, run), position))
    answer = {
        "closed_at": format_instant(state.closed.closed_at) if state.closed else None,
        "expected": state.expected,
        "accepted": state.accepted,
        "failed": state.failed,
        "excluded": state.excluded,
        "pending": state.expected - state.accepted - state.failed - state.excluded,
        "digest": state.digest,
    }
    return _bundle(proving, "closure", {"run": run, "position": position}, answer, key)


def _bundle(proving: Proving, kind: str, question: wire.JSON, answer: wire.JSON, key: SubjectKey) -> wire.JSON:
    checkpoint = proving.covering(question["position"])
    streams = [notice_stream(key, question["run"])]
    proof = proving.evidence.at_one_moment(lambda snapshot: bundle(snapshot, proving.heads, checkpoint, streams))
    return {"format": FORMAT, "kind": kind, "question": question, "answer": {**question, **answer}, **proof}


def _told(state: Run, history: Sequence[Recorded], person: str) -> wire.JSON:
    number, chunk, member = next(_members(history, person), (0, None, None))
    opened = state.opened
    if opened is None or chunk is None or member is None:
        raise NoSuchMember(state.run, person)
    found = standing(_outcomes(history, number)) if isinstance(member, Recipient) else NOBODY
    decisive = found.decisive
    return {
        "model": str(opened.key),
        "scope": opened.scope.as_dict(),
        "state": found.state.value,
        "accepted_at": found.accepted_at,
        "channel": decisive.channel if decisive else None,
        "code": decisive.code if decisive else None,
        "reference": decisive.reference if decisive else None,
        "attempts": found.attempts,
        "exclusion": member.exclusion.value if isinstance(member, Excluded) else None,
        "reasons": [
            {"subscription": chunk.subscriptions[reason.subscription].id, "role": chunk.roles[reason.role] if reason.role >= 0 else None}
            for reason in member.reasons
        ],
        **(wire_schedule(opened.after) or {}),
    }


def _members(history: Iterable[Recorded], person: str) -> Iterator[tuple[int, AudienceRecorded, Recipient | Excluded]]:
    for entry in history:
        chunk = entry.event
        if isinstance(chunk, AudienceRecorded):
            first = chunk.recipients_so_far - len(chunk.recipients) + 1
            yield from ((number, chunk, each) for number, each in enumerate(chunk.recipients, first) if each.id == person)
            yield from ((0, chunk, each) for each in chunk.excluded if each.id == person)


def _outcomes(history: Iterable[Recorded], number: int) -> Iterator[OutcomeRow]:
    for entry in history:
        chunk = entry.event
        if isinstance(chunk, DeliveriesRecorded):
            for outcome in chunk.outcomes:
                if outcome.recipient == number:
                    at = format_instant(chunk.since + timedelta(milliseconds=outcome.milliseconds))
                    yield OutcomeRow(outcome.result.value, at, chunk.channel, outcome.code, outcome.reference, chunk.reported_by)
