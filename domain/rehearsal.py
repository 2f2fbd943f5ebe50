"""Rehearsal: what a command would append, decided on the ledger as it stands. Nothing is written, and no writer waits for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.clock import Clock
from domain.commands import AnyCommand
from domain.handlers import carry_out
from domain.receipts import Receipt
from domain.recorded import Head, Recorded
from domain.store.contract import Kept, Store
from domain.store.errors import StoreFault
from domain.store.group import Group


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would happen."""

    receipt: Receipt
    """With the positions that its entries would have if nobody else appended before."""
    after: Callable[[str], Sequence[Recorded]]
    """The histories as they would be then."""
    head: Head


def rehearse(store: Store, command: AnyCommand, actor: str, clock: Clock, expected_version: int | None = None) -> Rehearsed:
    """Decide a command without carrying it out.

    Raises:
        StaleVersion: the stream has moved on from the version that the sender insists on.
        LedgerError: the rules refuse the command.
    """
    database = _ReadOnly(store)
    group = Group(database, database.head, clock)
    receipt = group.attempt(lambda transaction: carry_out(command, transaction, actor, expected_version))

    def after(stream: str) -> Sequence[Recorded]:
        return database.read_stream(stream) + group.streams.get(stream, ())

    return Rehearsed(receipt, after, group.head)


class _ReadOnly:
    """A store as a group reads it, held still at one position."""

    fault: StoreFault | None = None

    def __init__(self, store: Store) -> None:
        self._store = store
        self.head = store.head()

    def read_stream(self, stream: str) -> tuple[Recorded, ...]:
        return tuple(self._store.history(stream, self.head.position))

    def read_kept(self, key: str) -> Kept | None:
        return self._store.kept(key)

    def read_all_kept(self, keys: Sequence[str]) -> dict[str, Kept]:
        return {key: kept for key in keys if (kept := self._store.kept(key))}
