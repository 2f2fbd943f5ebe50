"""The tables of the notices: rows are only added, and tell with which entry they came, so that each can be asked for as of any entry."""

from collections.abc import Sequence

from sqlalchemy import Column, Index, Integer, MetaData, PrimaryKeyConstraint, Table

from projections.tables.columns import TEXT

_METADATA = MetaData()


def _number(name: str, *, optional: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=optional, autoincrement=False)


def _text(name: str, *, optional: bool = False) -> Column[str]:
    return Column(name, TEXT, nullable=optional)


def _table(name: str, key: Sequence[str], *parts: Column[int] | Column[str] | Index) -> Table:
    return Table(name, _METADATA, *parts, PrimaryKeyConstraint(*key), sqlite_with_rowid=False)


RUNS = _table(
    "notice_runs",
    ("run",),
    _number("run"),
    _text("catalog"),
    _text("model"),
    _text("scope"),
    _text("name"),
    _text("cause"),
    _number("claim"),
    _text("opened_at"),
    _text("legacy", optional=True),
    _text("deprecated", optional=True),
    _text("retired", optional=True),
    _text("deprecated_on", optional=True),
    _text("retired_on", optional=True),
    _number("legacy_days_min"),
    _number("deprecated_days_min"),
    _number("policy_version"),
    _number("position"),
    Index("notice_runs_model", "catalog", "model", "run", unique=True),
)

PROGRESS = _table(
    "notice_progress",
    ("run", "position"),
    _number("run"),
    _number("position"),
    _text("kind"),
    _number("recipients"),
    _number("excluded"),
    _number("accepted"),
    _number("failed"),
    _number("complete"),
    _number("closed"),
    _text("at"),
)

MEMBERS = _table(
    "notice_members",
    ("run", "member"),
    _number("run"),
    _number("member"),
    _text("id"),
    _number("address"),
    _text("exclusion", optional=True),
    _number("position"),
    Index("notice_members_id", "id", "run", "member", unique=True),
)

REASONS = _table(
    "notice_reasons",
    ("run", "member", "subscription", "role"),
    _number("run"),
    _number("member"),
    _text("subscription"),
    _text("role"),
    Index("notice_reasons_subscription", "subscription", "run", "member", "role", unique=True),
)

SUBSCRIPTIONS = _table(
    "notice_subscriptions",
    ("run", "subscription", "position"),
    _number("run"),
    _text("subscription"),
    _number("position"),
)

OUTCOMES = _table(
    "notice_outcomes",
    ("run", "recipient", "position", "ordinal"),
    _number("run"),
    _number("recipient"),
    _number("position"),
    _number("ordinal"),
    _text("result"),
    _text("at"),
    _text("channel"),
    _text("code", optional=True),
    _text("reference", optional=True),
    _text("reported_by", optional=True),
)

ACKNOWLEDGEMENTS = _table(
    "notice_acknowledgements",
    ("run", "recipient"),
    _number("run"),
    _number("recipient"),
    _text("at"),
    _number("position"),
)

TABLES = (RUNS, PROGRESS, MEMBERS, REASONS, SUBSCRIPTIONS, OUTCOMES, ACKNOWLEDGEMENTS)
