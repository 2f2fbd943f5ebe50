"""The tables of the directory: a row for each stretch of the log during which something stood, from a position to another."""

from collections.abc import Iterator, Sequence
from typing import assert_never, cast

from sqlalchemy import Column, Index, Integer, MetaData, PrimaryKeyConstraint, Table, Update, bindparam, update

from domain.directory.events import (
    DeploymentCreated,
    DeploymentDeleted,
    OptedIn,
    OptedOut,
    PersonErased,
    PersonEvent,
    RoleAssigned,
    RoleRevoked,
    SubscriptionEvent,
    WebhookRegistered,
    WebhookRemoved,
)
from domain.recorded import Recorded
from domain.streams import PEOPLE, SUBSCRIPTIONS
from projections.tables.columns import TEXT, Row, instant_text, scope_text
from projections.tables.log_view import Change, LogView, Write

_METADATA = MetaData()


def _stretches(name: str, key: Sequence[str], *more: Column[str]) -> Table:
    """Return a table of what stands from a position on, up to another and without it; none where it still stands."""
    return Table(
        name,
        _METADATA,
        *(Column(column, TEXT, nullable=False) for column in key),
        *more,
        Column("from_position", Integer, nullable=False),
        Column("to_position", Integer),
        Column("from_at", TEXT, nullable=False),
        Column("to_at", TEXT),
        PrimaryKeyConstraint(*key, "from_position"),
        sqlite_with_rowid=False,
    )


ROLES = _stretches(
    "directory_roles",
    ("subscription", "principal", "role", "via"),
    Column("kind", TEXT, nullable=False),
    Column("level", TEXT, nullable=False),
)
DEPLOYMENTS = _stretches(
    "directory_deployments",
    ("subscription", "deployment"),
    Column("catalog", TEXT, nullable=False),
    Column("model", TEXT, nullable=False),
    Column("scope_text", TEXT, nullable=False),
)
_c = DEPLOYMENTS.c
Index("directory_deployments_model", _c.catalog, _c.model, _c.subscription, _c.scope_text, _c.from_position, _c.to_position)
WEBHOOKS = _stretches("directory_webhooks", ("subscription", "webhook"))
WISHES = _stretches("directory_wishes", ("person", "wish"))

OPTED_OUT, ERASED = "opted_out", "erased"
"""What a person can wish. Who is erased stays so."""


def _ending(table: Table) -> Update:
    """Return the statement that ends what stood: at a position and an instant, for a key, where it began before that position."""
    key = [column for column in table.primary_key.columns if column.name != "from_position"]
    return (
        update(table)
        .values(to_position=bindparam("ended_by"), to_at=bindparam("ended_at"))
        .where(*(column == bindparam(f"of_{column.name}") for column in key))
        .where(table.c.from_position < bindparam("before"), table.c.to_position.is_(None))
    )


_ROLE, _DEPLOYMENT, _WEBHOOK, _WISH = (Write(table) for table in (ROLES, DEPLOYMENTS, WEBHOOKS, WISHES))
_NO_ROLE, _NO_DEPLOYMENT, _NO_WEBHOOK, _NO_WISH = (Write(table, _ending) for table in (ROLES, DEPLOYMENTS, WEBHOOKS, WISHES))


def _changes(entry: Recorded) -> Iterator[Change]:
    event = cast("SubscriptionEvent | PersonEvent", entry.event)
    begins: Row = (entry.position, None, instant_text(event.seen_at), None)
    match event:
        case RoleAssigned():
            held = (event.subscription, event.principal, event.role, event.via or "", event.principal_kind.value, event.level.value)
            yield _ROLE, [(*held, *begins)]
        case RoleRevoked():
            yield _NO_ROLE, [_ended(entry, event, event.subscription, event.principal, event.role, event.via or "")]
        case DeploymentCreated():
            of = (event.key.catalog, event.key.model, scope_text(event.scope))
            yield _DEPLOYMENT, [(event.subscription, event.deployment, *of, *begins)]
        case DeploymentDeleted():
            yield _NO_DEPLOYMENT, [_ended(entry, event, event.subscription, event.deployment)]
        case WebhookRegistered():
            yield _WEBHOOK, [(event.subscription, event.webhook, *begins)]
        case WebhookRemoved():
            yield _NO_WEBHOOK, [_ended(entry, event, event.subscription, event.webhook)]
        case OptedOut():
            yield _WISH, [(event.person, OPTED_OUT, *begins)]
        case OptedIn():
            yield _NO_WISH, [_ended(entry, event, event.person, OPTED_OUT)]
        case PersonErased():
            yield _WISH, [(event.person, ERASED, *begins)]
        case _:
            assert_never(event)


def _ended(entry: Recorded, event: SubscriptionEvent | PersonEvent, *key: str) -> Row:
    return (entry.position, instant_text(event.seen_at), *key, entry.position)


# What begins in a batch is written before what ends in it; an end only reaches what began before it.
VIEW = LogView(
    "directory",
    (ROLES, DEPLOYMENTS, WEBHOOKS, WISHES),
    (SUBSCRIPTIONS, PEOPLE),
    (_ROLE, _DEPLOYMENT, _WEBHOOK, _WISH, _NO_ROLE, _NO_DEPLOYMENT, _NO_WEBHOOK, _NO_WISH),
    _changes,
)
