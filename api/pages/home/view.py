"""What home shows: the models asked for, each with its life, and what all of them are at that point."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from api.pages.home.query import ROWS, HomeQuery, Sort
from api.pages.lives import Life
from api.pages.names import Names
from domain.rules.answers import FindingCode, Status
from domain.stages import Stage
from domain.subjects import SubjectKey

NEXT_SHOWN = 5
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
MARGIN = timedelta(days=45)
"""Shown before the first change and after the last."""
SPAN_MAX = timedelta(days=365 * 8)

_ORDER = {stage: place for place, stage in enumerate((*Stage, Status.NOT_LISTED, Status.NOT_KNOWN))}


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a model, or a scope of it in which its dates differ."""

    life: Life
    name: str
    provider: str

    @property
    def key(self) -> SubjectKey:
        """The model."""
        return self.life.key

    @property
    def scope(self) -> dict[str, str]:
        """The scope as parameters of an address."""
        return {f"scope.{key}": value for key, value in self.life.scope.pairs}

    @property
    def scope_words(self) -> str:
        """The scope in words."""
        return ", ".join(f"{key} {value}" for key, value in self.life.scope.pairs)

    @property
    def findings(self) -> Sequence[FindingCode]:
        """What a reader should know, apart from what stands in nearly every row."""
        return sorted(self.life.answer.finding_codes() - {FindingCode.BACKDATED, FindingCode.LISTING_DATE_UNKNOWN})


@dataclass(frozen=True, slots=True)
class Home:
    """The page."""

    query: HomeQuery
    rows: Sequence[Row]
    """Of this page."""
    number: int
    """Of all that were asked for."""
    stages: Sequence[tuple[Stage | Status, int]]
    """How many of those are in each."""
    coming: Sequence[Row]
    begin: datetime
    end: datetime
    catalogs: Sequence[str]
    providers: Sequence[str]

    @property
    def pages(self) -> int:
        """How many there are."""
        return max(1, -(-self.number // ROWS))

    def address(self, page: int) -> str:
        """Return the end of the address of another page of the same."""
        told = self.query.parameters() | ({"page": str(page)} if page > 1 else {})
        return f"?{urlencode(told)}" if told else "?"


def home(query: HomeQuery, lives: Iterable[Life], names: Names, now: datetime) -> Home:
    """Choose, sort and count."""
    known = [Row(life, *_named(names, life)) for life in lives]
    providers = sorted({row.provider for row in known if row.provider})
    found = sorted((row for row in known if _asked_for(query, row)), key=lambda row: _place(query.sort, row, now))
    counts = Counter(row.life.status for row in found)
    ahead = sorted((row for row in found if row.life.next_at and row.life.next_at > now), key=lambda row: _place(Sort.NEXT, row, now))
    begin, end = window((row.life for row in found), now)
    return Home(
        query=query,
        rows=found[(query.page - 1) * ROWS : query.page * ROWS],
        number=len(found),
        stages=sorted(counts.items(), key=lambda item: _ORDER[item[0]]),
        coming=ahead[:NEXT_SHOWN],
        begin=begin,
        end=end,
        catalogs=sorted({row.key.catalog for row in known}),
        providers=providers,
    )


def window(lives: Iterable[Life], now: datetime) -> tuple[datetime, datetime]:
    """Return the span of time that a figure of these lives shows: all their changes, and now, but no more than eight years around it."""
    instants = [at for life in lives for at in (*life.edges, *_floors(life))]
    begin = max(min([now, *instants]), _moved(now, -SPAN_MAX / 2))
    end = min(max([now, *instants]), _moved(now, SPAN_MAX / 2))
    return _moved(begin, -MARGIN), _moved(end, MARGIN)


def _moved(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError:
        return LAST if by > timedelta() else FIRST


def _floors(life: Life) -> Iterable[datetime]:
    if life.answer.next and life.answer.next.not_before:
        yield life.answer.next.not_before


def _named(names: Names, life: Life) -> tuple[str, str]:
    named = names.of(life.key)
    return named.name, named.provider


def _asked_for(query: HomeQuery, row: Row) -> bool:
    if query.catalog and row.key.catalog != query.catalog:
        return False
    if query.provider and row.provider != query.provider:
        return False
    if query.stage and row.life.status is not query.stage:
        return False
    if query.finding and query.finding not in row.life.answer.finding_codes():
        return False
    words = query.text.casefold().split()
    text = f"{row.key} {row.name} {row.provider} {row.scope_words}".casefold()
    return all(word in text for word in words)


def _place(sort: Sort, row: Row, now: datetime) -> tuple[object, ...]:
    name = (row.key.catalog, row.key.model, row.life.scope.pairs)
    if sort is Sort.NAME:
        return name
    if sort is Sort.STAGE:
        return (_ORDER[row.life.status], *name)
    at = row.life.next_at
    # A floor that has passed says no more than that the stage may come any day: it goes after all dates ahead.
    return (at is None, at is not None and at <= now, at or now, -_ORDER[row.life.status], *name)
