"""The planned dates of every model, firm and floors, as the plan stands at the end of the log."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Boolean, Column, Connection, Index, Integer, MetaData, Table, false, select, true

from domain.dates import FirmDate, WithdrawnDate, date_text
from domain.model import ConfirmedEdge, fold
from domain.subjects import SubjectKey
from projections.tables.columns import TEXT, Now, Row, instant_text, list_text, scope_text
from projections.tables.subject import Life, Subject
from projections.tables.view import View

_TABLE = Table(
    "upcoming",
    MetaData(),
    Column("catalog", TEXT, primary_key=True),
    Column("model", TEXT, primary_key=True),
    Column("scope", TEXT, primary_key=True),
    Column("stage", TEXT, primary_key=True),
    Column("at", TEXT, nullable=False),
    Column("firm", Boolean, nullable=False),
    Column("text", TEXT, nullable=False),
    Column("decided_by", Integer, nullable=False),
    Column("recorded", Boolean, nullable=False),
    Column("replacements", TEXT, nullable=False),
    Index("upcoming_at", "firm", "recorded", "at"),
    sqlite_with_rowid=False,
)


def due(connection: Connection, now: datetime) -> Sequence[SubjectKey]:
    """List the models that have a firm date, passed by now, that the ledger's clock has not recorded."""
    passed = _c.firm.is_(true()) & _c.recorded.is_(false()) & (_c.at <= instant_text(now))
    found = connection.execute(select(_c.catalog, _c.model).where(passed).distinct().order_by(_c.catalog, _c.model))
    return [SubjectKey(catalog, model) for catalog, model in found]


def _rows(subject: Subject) -> Sequence[Row]:
    confirmed = fold(subject.key, subject.history).confirmed
    return [row for life in subject.lives for row in _rows_of(subject.key, life, confirmed)]


def _rows_of(key: SubjectKey, life: Life, confirmed: frozenset[ConfirmedEdge]) -> Iterator[Row]:
    model = (key.catalog, key.model, scope_text(life.scope))
    replacements = list_text(life.timeline.plan.replacements)
    for planned in life.timeline.plan.stages:
        date = planned.date
        if isinstance(date, WithdrawnDate):
            continue
        firm = isinstance(date, FirmDate)
        recorded = firm and (planned.claim.event.scope, planned.stage, date.at) in confirmed
        stated = (planned.stage.value, instant_text(date.at), firm, date_text(date), planned.claim.position)
        yield (*model, *stated, recorded, replacements)


_c = _TABLE.c
VIEW = View(_TABLE, _rows, select(_TABLE).where(_c.at > Now()).order_by(_c.at, _c.catalog, _c.model, _c.scope, _c.stage))
