"""Transcription: what becomes of one published row. It reports what was published, and judges nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain import refusals
from domain.changes import Change, ChangeCode, changes_between
from domain.commands import DropSplit, Transcribe
from domain.dates import AnyDate, WithdrawnDate
from domain.events import AnnouncementWithdrawn, Event, ModelListed, RetirementAnnounced, WithdrawnBy
from domain.model import Model, last_words
from domain.names import readable_name, same_name
from domain.rules.claims import Claim, misread
from domain.rules.plan import stated_date
from domain.stages import PLANNED_STAGES, Stage
from domain.subjects import Scope

Announcements = Sequence[Claim[RetirementAnnounced]]


@dataclass(frozen=True, slots=True)
class Transcription:
    """The events that a row causes, and how it differs from its source's last word. Without events it is unchanged."""

    events: Sequence[Event]
    changes: Sequence[Change]
    disputed: bool = False
    """The source's last document had several rows about this scope, and they disagreed."""


def transcribe(model: Model, command: Transcribe, now: datetime) -> Transcription:
    """List the scope where it is new, and record the row unless its source said the same before."""
    if command.announced_at > now:
        raise refusals.AnnouncedInFuture(command.announced_at, now)
    _refuse_other_name(model, command, now)
    said = model.announcements_by(command.source.name, now)
    last = last_words(said, command.scope)
    event = _row(command, said)
    listing = [] if model.listing_of(command.scope, now) else [_listing(command)]
    disputed = len({_content(claim.event) for claim in last}) > 1
    if _misread_before(model, event, now):
        return Transcription((), ())
    if not command.again and any(_content(claim.event) == _content(event) for claim in last):
        return Transcription(listing, [Change(code=ChangeCode.NEW)] if listing else [], disputed)
    if not last and not _states_anything(event):
        return Transcription(listing, [Change(code=ChangeCode.NEW)] if listing else [])
    return Transcription([*listing, event], _changes(command, event, said, last), disputed)


def drop_split(model: Model, command: DropSplit, now: datetime) -> Sequence[AnnouncementWithdrawn]:
    """Withdraw what a source said of a scope, from the day on which it stopped making the difference.

    A narrower claim always answers before a wider one: left standing, the old dates would win over the new ones for ever.
    """
    if command.announced_at > now:
        raise refusals.AnnouncedInFuture(command.announced_at, now)
    standing = [claim for claim in model.announcements_by(command.source, now) if claim.event.scope == command.scope]
    reason = f"{command.source} states one thing for all again, and no longer makes a difference for {command.scope}"
    return [
        AnnouncementWithdrawn(
            announced_at=command.announced_at, by=WithdrawnBy.PROVIDER, claim=claim.position, key=model.key, reason=reason
        )
        for claim in standing
    ]


def _misread_before(model: Model, event: RetirementAnnounced, now: datetime) -> bool:
    """Tell whether this very reading of the document was withdrawn as wrong: reading it again makes it no truer."""
    withdrawn = misread(model.history, now)
    return any(
        entry.position in withdrawn
        and entry.event.source.document == event.source.document is not None
        and _content(entry.event) == _content(event)
        for entry in model.history
        if isinstance(entry.event, RetirementAnnounced)
        and entry.event.scope == event.scope
        and entry.event.source.name == event.source.name
    )


def _refuse_other_name(model: Model, command: Transcribe, now: datetime) -> None:
    names = model.names(now)
    if not command.aliased and names and not any(same_name(name, command.name) for name in names):
        raise refusals.NamesMeet(command.name, model.key, min(names))


def _row(command: Transcribe, said: Announcements) -> RetirementAnnounced:
    return RetirementAnnounced(
        announced_at=command.announced_at,
        deprecated=_takes_back(command.deprecated, command.scope, said, Stage.DEPRECATED),
        key=command.key,
        label=command.label,
        legacy=_takes_back(command.legacy, command.scope, said, Stage.LEGACY),
        notes=command.notes,
        replacements=command.replacements,
        retired=_takes_back(command.retired, command.scope, said, Stage.RETIRED),
        scope=command.scope,
        source=command.source,
    )


def _takes_back(date: AnyDate | None, scope: Scope, said: Announcements, stage: Stage) -> AnyDate | None:
    """`None announced` withdraws a date that was there; where there was none, it states nothing."""
    if not isinstance(date, WithdrawnDate):
        return date
    was_there = any(stated_date(claim.event, stage) is not None for claim in said if claim.event.scope.holds_for(scope))
    return date if was_there else None


def _listing(command: Transcribe) -> ModelListed:
    return ModelListed(
        announced_at=command.announced_at,
        key=command.key,
        name=readable_name(command.name),
        provider=readable_name(command.provider, "provider") if command.provider else None,
        scope=command.scope,
        since=None,
        source=command.source,
        stage=Stage.PREVIEW if command.label is Stage.PREVIEW else Stage.GENERALLY_AVAILABLE,
    )


def _states_anything(event: RetirementAnnounced) -> bool:
    return any(part is not None for part in (event.legacy, event.deprecated, event.retired, event.label, event.replacements, event.notes))


def _content(event: RetirementAnnounced) -> tuple[object, ...]:
    dates = (stated_date(event, stage) for stage in PLANNED_STAGES)
    meant = tuple(None if date is None else (date.kind, date.value) for date in dates)
    return *meant, event.label, event.replacements, event.notes


def _changes(command: Transcribe, event: RetirementAnnounced, said: Announcements, last: Announcements) -> Sequence[Change]:
    if any(_content(claim.event) == _content(event) for claim in last):
        return [Change(code=ChangeCode.STATED_AGAIN)]
    if last:
        return list(changes_between(last[-1].event, event))
    wider = _latest_of_wider_scope(said, command.scope)
    if wider is None:
        return [Change(code=ChangeCode.NEW)]
    split = Change(code=ChangeCode.SPLIT_BY_SCOPE, before=str(wider.scope) or "all", after=str(command.scope))
    return [split, *changes_between(wider, event)]


def _latest_of_wider_scope(said: Announcements, scope: Scope) -> RetirementAnnounced | None:
    wider = [claim.event for claim in said if claim.event.scope != scope and claim.event.scope.holds_for(scope)]
    return wider[-1] if wider else None
