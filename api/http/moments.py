"""What the metrics tell of this moment, as one process sees it: of what the workers see, the highest counts.

The numbers are whole ones, for the workers pass them on: instants and spans in microseconds, an instant since the beginning of 1970.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from api.http.service import Service
from domain.proof.checkpoint import Checkpoint
from domain.proof.notes import Note, NoteInvalid
from domain.verification.verdicts import Verdict

SECOND = 1_000_000
CHECKPOINT_AT = "checkpoint_at"
CLOCK_BEHIND = "clock_behind"
SIGNING_FAILING = "signing_failing"
_VERIFIED_AT = "verified_at"
_EPOCH = datetime.fromtimestamp(0, UTC)


def seen_by(service: Service) -> Mapping[str, int]:
    """Return what a service sees; what there is not is left out, or 0."""
    seen = {CLOCK_BEHIND: _clock_behind(service), SIGNING_FAILING: int(bool(service.unsigned))}
    made_at, verified = _checkpoint_made_at(service), service.verifications.last
    if made_at is not None:
        seen[CHECKPOINT_AT] = _whole(made_at - _EPOCH)
    if verified is not None:
        seen[f"{_VERIFIED_AT} {verified.verdict}"] = _whole(verified.ended_at - _EPOCH)
    return seen


def highest(seen: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    """Return the highest of each that several processes see."""
    found: dict[str, int] = {}
    for one in seen:
        for name, number in one.items():
            found[name] = max(number, found.get(name, number))
    return found


def last_verdict(seen: Mapping[str, int]) -> tuple[Verdict, int] | None:
    """Return what the verification came to that ended last, and when; none where none has ended."""
    ended = [(seen[name], verdict) for verdict in Verdict if (name := f"{_VERIFIED_AT} {verdict}") in seen]
    if not ended:
        return None
    at, verdict = max(ended)
    return verdict, at


def _clock_behind(service: Service) -> int:
    recorded_at = service.index.recorded_at
    return 0 if recorded_at is None else max(0, _whole(recorded_at - service.ledger.clock()))


def _checkpoint_made_at(service: Service) -> datetime | None:
    """Return when the last checkpoint was signed; one that cannot be read is the verification's to tell."""
    if service.checkpoint is None:
        return None
    try:
        return Checkpoint.read(Note.read(service.checkpoint.note).text).made_at
    except NoteInvalid:
        return None


def _whole(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
