"""What each entry about a notification run writes into the tables."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import assert_never, cast

from sqlalchemy import ColumnElement, Insert, Integer, Table, bindparam, func, insert, select

from domain.dates import AnyDate, FirmDate, date_text
from domain.notices.events import (
    AudienceRecorded,
    DeliveriesRecorded,
    NoticeEvent,
    NotificationRunClosed,
    NotificationRunOpened,
    RecipientAcknowledged,
)
from domain.recorded import Recorded
from domain.streams import NOTICES
from projections.notices import tables
from projections.tables.columns import TEXT, Row, instant_text, scope_text
from projections.tables.log_view import Change, LogView, Write


def _carrying(progress: Table) -> Insert:
    """Return the statement that adds the totals after an entry which says only some of them: the others are those before."""
    before, last = progress.alias("before"), progress.alias("last")
    run, position = bindparam("of_run", type_=Integer), bindparam("at_position", type_=Integer)
    row = {
        "run": run.label("run"),
        "position": position.label("position"),
        "kind": bindparam("of_kind", type_=TEXT).label("kind"),
        "recipients": before.c.recipients,
        "excluded": before.c.excluded,
        "accepted": func.coalesce(bindparam("now_accepted", type_=Integer), before.c.accepted),
        "failed": func.coalesce(bindparam("now_failed", type_=Integer), before.c.failed),
        "complete": before.c.complete,
        "closed": before.c.closed,
        "at": bindparam("of_at", type_=TEXT).label("at"),
    }
    earlier = select(func.max(last.c.position)).where(last.c.run == run, last.c.position < position).scalar_subquery()
    totals = select(*cast("list[ColumnElement[object]]", list(row.values())))
    return insert(progress).from_select(list(row), totals.where(before.c.run == run, before.c.position == earlier))


_RUN = Write(tables.RUNS)
_PROGRESS, _PROGRESS_CARRIED = Write(tables.PROGRESS), Write(tables.PROGRESS, _carrying)
_MEMBER, _REASON, _SUBSCRIPTION = Write(tables.MEMBERS), Write(tables.REASONS), Write(tables.SUBSCRIPTIONS)
_OUTCOME, _ACKNOWLEDGEMENT = Write(tables.OUTCOMES), Write(tables.ACKNOWLEDGEMENTS)


def _changes(entry: Recorded) -> Iterator[Change]:
    event = cast("NoticeEvent", entry.event)
    match event:
        case NotificationRunOpened():
            yield _RUN, [_run(entry, event)]
            yield _PROGRESS, [(event.run, entry.position, "opened", 0, 0, 0, 0, 0, 0, instant_text(event.opened_at))]
        case AudienceRecorded():
            yield from _audience(entry, event)
        case DeliveriesRecorded():
            yield _OUTCOME, _outcomes(entry, event)
            totals = (event.accepted, event.failed)
            yield _PROGRESS_CARRIED, [_carried(entry, event.run, "deliveries", totals, instant_text(entry.recorded_at))]
        case RecipientAcknowledged():
            at = instant_text(event.acknowledged_at)
            yield _ACKNOWLEDGEMENT, [(event.run, event.recipient, at, entry.position)]
            yield _PROGRESS_CARRIED, [_carried(entry, event.run, "acknowledged", (None, None), at)]
        case NotificationRunClosed():
            counts = (event.expected - event.excluded, event.excluded, event.accepted, event.failed)
            yield _PROGRESS, [(event.run, entry.position, "closed", *counts, 1, 1, instant_text(event.closed_at))]
        case _:
            assert_never(event)


def _run(entry: Recorded, event: NotificationRunOpened) -> Row:
    plan = event.after
    texts = [None if date is None else date_text(date) for date in (plan.legacy, plan.deprecated, plan.retired)]
    return (
        event.run,
        event.key.catalog,
        event.key.model,
        scope_text(event.scope),
        event.name,
        event.cause.value,
        event.claim,
        instant_text(event.opened_at),
        *texts,
        _day(plan.deprecated),
        _day(plan.retired),
        event.legacy_days_min,
        event.deprecated_days_min,
        event.policy_version,
        entry.position,
    )


def _day(date: AnyDate | None) -> str | None:
    """Return the day of a firm date: a floor is none, and nobody can be told so many days before it."""
    return date.at.date().isoformat() if isinstance(date, FirmDate) else None


def _audience(entry: Recorded, event: AudienceRecorded) -> Iterator[Change]:
    run, position = event.run, entry.position
    subscriptions, roles = [subscription.id for subscription in event.subscriptions], (*event.roles, "")  # -1 is the last: no role.
    first = event.recipients_so_far - len(event.recipients) + 1
    first_excluded = event.excluded_so_far - len(event.excluded) + 1
    recipients, excluded = list(enumerate(event.recipients, start=first)), list(enumerate(event.excluded, start=first_excluded))
    members: list[Row] = [(run, number, who, address, None, position) for number, (who, address, _) in recipients]
    members += [(run, -number, who, 0, exclusion.value, position) for number, (who, exclusion, _) in excluded]
    yield _MEMBER, members
    whose = chain(((number, who.reasons) for number, who in recipients), ((-number, who.reasons) for number, who in excluded))
    yield _REASON, [(run, number, subscriptions[place], roles[role]) for number, reasons in whose for place, role in reasons]
    yield _SUBSCRIPTION, [(run, subscription, position) for subscription in subscriptions]
    counts = (event.recipients_so_far, event.excluded_so_far, 0, 0, int(event.complete), 0)
    yield _PROGRESS, [(run, position, "audience", *counts, instant_text(entry.recorded_at))]


def _outcomes(entry: Recorded, event: DeliveriesRecorded) -> list[Row]:
    run, position, by = event.run, entry.position, event.reported_by
    at = {
        after: instant_text(event.since + timedelta(milliseconds=after)) for after in {outcome.milliseconds for outcome in event.outcomes}
    }
    return [
        (run, recipient, position, ordinal, result.value, at[after], event.channel, code, reference, by)
        for ordinal, (recipient, result, after, code, reference) in enumerate(event.outcomes, start=1)
    ]


def _carried(entry: Recorded, run: int, kind: str, totals: tuple[int | None, int | None], at: str) -> Row:
    return (run, entry.position, kind, *totals, at, run, run, entry.position)


# Totals that are carried on come after those that an entry says itself; each looks for the last before its own entry.
VIEW = LogView(
    "notices",
    tables.TABLES,
    (NOTICES,),
    (_RUN, _MEMBER, _REASON, _SUBSCRIPTION, _OUTCOME, _ACKNOWLEDGEMENT, _PROGRESS, _PROGRESS_CARRIED),
    _changes,
)
