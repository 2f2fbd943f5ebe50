"""What is compared: two points of knowledge, and which changes are shown. A field that cannot be read is kept as it was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from api.pages.clocks import written
from domain.changes import ChangeCode
from domain.errors import InvalidInstant
from domain.instants import parse_instant

TEXT_MAX = 200
PAGE_MAX = 10_000
FIELDS = ("from", "to", "valid_at", "catalog", "kind", "recorded_at")


@dataclass(frozen=True, slots=True)
class Mistake:
    """A field that cannot be used, and why."""

    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields as they were typed; empty where nothing was."""

    fields: Mapping[str, str]
    page: int = 1

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> "Typed":
        """Read an address; what is not known to this page is left aside."""
        page = parameters.get("page", "")
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < len(str(PAGE_MAX)) else 1
        return cls({name: parameters.get(name, "").strip()[:TEXT_MAX] for name in FIELDS}, max(1, number))

    def query(self, **other: str) -> str:
        """Return the end of the address that says the same, but for what is given anew; an empty text leaves a field out."""
        told = {name: text for name, text in {**self.fields, **other}.items() if text}
        return f"?{urlencode(told)}" if told else "?"


@dataclass(frozen=True, slots=True)
class Given:
    """What of a comparison is given. None: it is not."""

    known_from: datetime | None
    known_to: datetime | None
    valid_at: datetime | None


@dataclass(frozen=True, slots=True)
class Points:
    """The two points of knowledge, and the time in the world at which they are compared. None: now."""

    known_from: datetime
    known_to: datetime | None
    valid_at: datetime | None


def read_given(typed: Typed, now: datetime) -> tuple[Given, Sequence[Mistake]]:
    """Read the instants of a comparison; those that cannot be used are told, and count as not given."""
    found: dict[str, datetime | None] = {}
    mistakes: list[Mistake] = []
    for name in ("from", "to", "valid_at"):
        try:
            found[name] = parse_instant(typed.fields[name]) if typed.fields[name] else None
        except InvalidInstant as problem:
            found[name] = None
            mistakes.append(Mistake(name, problem.sentence))
    for name in ("from", "to"):
        at = found[name]
        if at is not None and at > now:
            mistakes.append(Mistake(name, f"{written(at)} lies ahead: what will be known then is not known yet."))
            found[name] = None
    begin, end = found["from"], found["to"] or now
    if begin is not None and begin > end:
        mistakes.append(Mistake("from", "The first day is later than the second one: swap the two."))
    return Given(begin, found["to"], found["valid_at"]), mistakes


def read_kind(text: str) -> ChangeCode | None:
    """Return the kind of change that is asked for; none for all, and for a kind that does not exist."""
    return ChangeCode(text) if text in set(ChangeCode) else None
