"""A calendar (RFC 5545) of planned dates. The same dates make the same bytes."""

from collections.abc import Iterable
from datetime import UTC, timedelta
from hashlib import sha256

from icalendar import Calendar, Event

from api.feeds.planned import PlannedDate
from api.pages.words.days import date_words
from api.pages.words.stages import entry_words
from domain.dates import FirmDate, FloorDate, Precision
from domain.events import RetirementAnnounced
from domain.subjects import subject_text

REFRESH = timedelta(hours=6)
TEXT_MAX = 500
PRODUCT = "-//lifecycle-ledger//upcoming dates//EN"


def calendar(name: str, dates: Iterable[PlannedDate], ledger: str, site: str) -> bytes:
    """Write a calendar. `ledger` is the ledger's identity, `site` the address of its pages, without a slash at its end."""
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("name", _text(name))
    made.add("x-wr-calname", _text(name))
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT6H")
    for date in dates:
        made.add_component(_event(date, ledger, site))
    return bytes(made.to_ical())


def uid_of(date: PlannedDate, ledger: str) -> str:
    """Return the id of a date: the same for as long as the ledger lives, wherever the date is moved to."""
    subject = f"{date.key}\n{date.scope.pairs}\n{date.stage.value}"
    return f"{date.stage.value}-{sha256(subject.encode()).hexdigest()[:24]}@{ledger}.lifecycle-ledger"


def _event(date: PlannedDate, ledger: str, site: str) -> Event:
    revision, subject = date.revision, subject_text(date.key, date.scope)
    day = revision.date.at.astimezone(UTC).date()
    recorded_at = revision.entry.recorded_at.replace(microsecond=0)
    event = Event()
    event.add("uid", uid_of(date, ledger))
    event.add("dtstamp", recorded_at)
    event.add("last-modified", recorded_at)
    event.add("sequence", revision.number)
    event.add("dtstart", day)
    event.add("summary", _text(_summary(date, subject)))
    event.add("description", _text(_description(date)))
    event.add("url", f"{site}/models/{date.key}")
    event.add("status", "CANCELLED" if revision.gone else "CONFIRMED" if isinstance(revision.date, FirmDate) else "TENTATIVE")
    event.add("transp", "TRANSPARENT")
    event.add("categories", [date.key.catalog, date.stage.value])
    return event


def _summary(date: PlannedDate, subject: str) -> str:
    what = f"{subject}: {entry_words(date.stage)}"
    if date.revision.gone:
        return f"{what} (date withdrawn)"
    return f"{what} not before this day" if isinstance(date.revision.date, FloorDate) else what


def _description(date: PlannedDate) -> str:
    revision = date.revision
    lines = [f"Published: {date_words(revision.date)}."]
    if isinstance(revision.date, FirmDate) and revision.date.value.precision is Precision.MONTH:
        lines.append("A month takes effect at the first instant of the next one.")
    if revision.gone:
        lines.append("The date was withdrawn.")
    if date.replacements:
        lines.append(f"Suggested replacement: {', '.join(date.replacements)}.")
    event = revision.entry.event
    if isinstance(event, RetirementAnnounced):
        lines.append(f"Source: {event.source.name}{f', {event.source.address}' if event.source.address else ''}.")
    return "\n".join([*lines, f"Entry {revision.entry.position} of the ledger, revision {revision.number}."])


def _text(text: str) -> str:
    """Leave out what is no part of a line, and shorten what nobody reads."""
    shown = "".join(each if each == "\n" or each.isprintable() else " " for each in text)
    return shown if len(shown) <= TEXT_MAX else f"{shown[: TEXT_MAX - 1]}…"
