"""What PostgreSQL reports, as errors of ours. Only its first line is told: details can hold what was written."""

from collections.abc import Callable

import psycopg

from domain.store.errors import DiskFull, NotALedger, StoreDamaged, StoreFailed, StoreFault, StoreLocked, StoreUnreachable
from domain.store.postgres.errors import ForeignTables, PoolExhausted, TransactionPooling, WritingRefused

_INTEGRITY = "23"
_DAMAGED = frozenset({"XX001", "XX002"})
_NAMED: dict[str, Callable[[str], StoreFault]] = {
    "53100": DiskFull,
    "55P03": StoreLocked,
    "40P01": StoreLocked,
    "25006": WritingRefused,
    "42501": WritingRefused,
    # Statements that we prepared are gone, or there already: the session is another one than a moment ago.
    "26000": TransactionPooling,
    "42P05": TransactionPooling,
}
# PgBouncer has words for these, and no codes.
_LENDS_LESS, _LENDS_NONE = "pooling mode", "query_wait_timeout"
_NO_SUCH_THING = frozenset({"42P01", "42703", "42883"})


def fault_of(error: psycopg.Error, name: str) -> StoreFault:
    """Return our error for one of PostgreSQL's."""
    state, reason = error.sqlstate or "", reason_of(error)
    if state.startswith(_INTEGRITY):
        return StoreDamaged(name, f"it holds rows that were not written by a ledger ({reason})")
    if state in _DAMAGED:
        return StoreDamaged(name, reason)
    named = TransactionPooling if _LENDS_LESS in reason else PoolExhausted if _LENDS_NONE in reason else _NAMED.get(state)
    return named(name) if named else StoreFailed(name, reason)


def unreachable(error: psycopg.Error, name: str, password: str) -> StoreUnreachable:
    """Return our error for a connection that cannot be had."""
    reason = reason_of(error)
    return StoreUnreachable(name, reason.replace(password, "***") if password else reason)


def foreign(error: psycopg.Error, name: str) -> NotALedger | StoreFault:
    """Return our error for tables that cannot be asked as a ledger's can."""
    if error.sqlstate in _NO_SUCH_THING:
        return ForeignTables(name, "its table ledger_schema is that of another application")
    return fault_of(error, name)


def reason_of(error: psycopg.Error) -> str:
    """Return what the database says, in one line."""
    text = error.diag.message_primary or str(error)
    return (text.splitlines() or ["it does not say why"])[0].strip().rstrip(".")
