"""The stages of every model: a row for each stretch of its life, as known at the end of the log."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Column, Integer, MetaData, Table, or_, select

from domain.events import Position
from domain.rules.answers import Status
from domain.rules.facts import Moment
from domain.rules.timeline import Timeline, basis_of
from domain.subjects import SubjectKey
from projections.tables.columns import TEXT, Now, Row, list_text, optional_instant, scope_text
from projections.tables.subject import Life, Subject
from projections.tables.view import View

_TABLE = Table(
    "current_stage",
    MetaData(),
    Column("catalog", TEXT, primary_key=True),
    Column("model", TEXT, primary_key=True),
    Column("scope", TEXT, primary_key=True),
    Column("stretch", Integer, primary_key=True, autoincrement=False),
    Column("provider", TEXT),
    Column("name", TEXT),
    Column("status", TEXT, nullable=False),
    Column("stage", TEXT),
    Column("since", TEXT),
    Column("until", TEXT),
    Column("basis", TEXT),
    Column("decided_by", Integer),
    Column("replacements", TEXT, nullable=False),
    Column("position", Integer, nullable=False),
    sqlite_with_rowid=False,
)


def _rows(subject: Subject) -> Sequence[Row]:
    position = subject.history[-1].position
    return [row for life in subject.lives for row in _rows_of(subject.key, life, position)]


def _rows_of(key: SubjectKey, life: Life, position: Position) -> Iterator[Row]:
    timeline = life.timeline
    listing = timeline.listing.event if timeline.listing else None
    model = (key.catalog, key.model, scope_text(life.scope))
    names = (listing.provider, listing.name) if listing else (None, None)
    reflected = (list_text(timeline.plan.replacements), position)
    if not timeline.claims.any:
        yield (*model, 1, *names, Status.NOT_KNOWN.value, None, None, None, None, None, *reflected)
        return
    stretches = _stretches(timeline)
    begins = [optional_instant(since) for since, _ in stretches]
    for number, ((_, moment), since, until) in enumerate(zip(stretches, begins, [*begins[1:], None], strict=True), start=1):
        stretch = (moment.stage.value, since, until, basis_of(moment).value, timeline.decided_by(moment))
        yield (*model, number, *names, Status.STAGE.value, *stretch, *reflected)


def _stretches(timeline: Timeline) -> Sequence[tuple[datetime | None, Moment]]:
    """Return what each stage stood on when it began, with that instant; none where it reaches back for ever."""
    since = timeline.listed_since
    found = [(since, Moment(timeline.listed, None) if since is None else timeline.moment(since))]
    for instant in timeline.edges:
        moment = timeline.moment(instant)
        if moment.stage is not found[-1][1].stage and (since is None or instant > since):
            found.append((instant, moment))
    return found


_c = _TABLE.c
VIEW = View(
    _TABLE,
    _rows,
    select(_TABLE).where(or_(_c.since.is_(None), _c.since <= Now()), or_(_c.until.is_(None), _c.until > Now())),
)
