"""People: a wish is recorded where it changes something, and an erasure once."""

from dataclasses import asdict, replace

import pytest

from domain.directory.commands import OptIn, OptOut, PersonCommand, RecordErasure
from domain.directory.events import PersonEvent
from domain.directory.refusals import SeenInFuture
from domain.ledger import Ledger
from tests.domain.directory.said import SEEN, erased, opted_in, opted_out
from tests.ledgers import NOW
from tests.spec import at

SEEN_AT = at(SEEN)
OUT, IN, ERASE = OptOut(person="ann", seen_at=SEEN_AT), OptIn(person="ann", seen_at=SEEN_AT), RecordErasure(person="ann", seen_at=SEEN_AT)
WISHES: dict[str, tuple[tuple[PersonCommand, ...], list[PersonEvent]]] = {
    "out": ((OUT, OUT), [opted_out()]),
    "in, who never was out": ((IN,), []),
    "out and in": ((OUT, IN, IN), [opted_out(), opted_in()]),
    "out, in and out": ((OUT, IN, OUT), [opted_out(), opted_in(), opted_out()]),
    "erased": ((ERASE, ERASE), [erased()]),
    "out and erased": ((OUT, ERASE, OUT), [opted_out(), erased()]),
}


@pytest.mark.parametrize(("commands", "events"), WISHES.values(), ids=WISHES)
def test_what_changes_nothing_is_not_recorded(ledger: Ledger, commands: tuple[PersonCommand, ...], events: list[PersonEvent]) -> None:
    receipts = [ledger.execute(command) for command in commands]
    assert [entry.event for entry in ledger.store.history("person:ann")] == events
    assert sum(len(receipt.positions) for receipt in receipts) == len(events)


def test_one_persons_wish_is_nobody_elses(ledger: Ledger) -> None:
    ledger.execute(OUT)
    ledger.execute(OptOut(person="bob"))
    assert ledger.store.streams("person:") == ("person:ann", "person:bob")


def test_a_wish_is_dated_as_stated_else_now_and_not_ahead(ledger: Ledger) -> None:
    ledger.execute(OptOut(person="ann"))
    assert [entry.event for entry in ledger.store.log()] == [opted_out(NOW)]
    with pytest.raises(SeenInFuture) as refused:
        ledger.execute(replace(IN, seen_at=at("2025-02-02")))
    assert asdict(refused.value) == {"seen_at": at("2025-02-02"), "now": at(NOW)}
