"""What PostgreSQL reports, as errors of ours. Only its first line is told: details can hold what was written."""

import psycopg

from domain.store.errors import DiskFull, NotALedger, StoreDamaged, StoreFailed, StoreFault, StoreLocked, StoreUnreachable
from domain.store.postgres.errors import ForeignTables, WritingRefused

_INTEGRITY = "23"
_NO_ROOM = frozenset({"53100"})
_LOCKED = frozenset({"55P03", "40P01"})
_READ_ONLY = frozenset({"25006", "42501"})
_DAMAGED = frozenset({"XX001", "XX002"})
_NO_SUCH_THING = frozenset({"42P01", "42703", "42883"})


def fault_of(error: psycopg.Error, name: str) -> StoreFault:
    """Return our error for one of PostgreSQL's."""
    state, reason = error.sqlstate or "", reason_of(error)
    if state.startswith(_INTEGRITY):
        return StoreDamaged(name, f"it holds rows that were not written by a ledger ({reason})")
    if state in _NO_ROOM:
        return DiskFull(name)
    if state in _LOCKED:
        return StoreLocked(name)
    if state in _READ_ONLY:
        return WritingRefused(name)
    if state in _DAMAGED:
        return StoreDamaged(name, reason)
    return StoreFailed(name, reason)


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
