"""Who is behind an opaque id: the same as before, a new card where something changed, and nobody by mistake."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.people import registry, rows
from domain.people.errors import AddressShared, CardDamaged
from domain.people.keys import MasterKey
from domain.people.registry import Card, Contact, Identity, People, Webhook
from tests.domain.people.persons import all_bytes, contact, identified
from tests.domain.people.test_sealing import flipped

HOSTILE = [
    "Ada\r\nBcc: eve@example.com",
    "Ada\0Lovelace",
    "x" * 10_000,
    "\N{PILE OF POO}\N{ZERO WIDTH JOINER}\N{WOMAN}",
    "\N{RIGHT-TO-LEFT OVERRIDE}ecalevoL adA",
    "\ud800",
    "'; DROP TABLE people; --",
    '"],["',
    "  ",
    "",
]


def test_a_contact_gets_a_random_id_and_keeps_it(people: People) -> None:
    ada = identified(people, contact(1))
    assert len(ada.id) == 16
    assert people.identify([contact(2), contact(1)])[1] == ada
    with People.open(None, MasterKey.in_memory()) as others:
        assert identified(others, contact(1)).id != ada.id


def test_no_id_can_be_taken_for_an_option(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["-aaaaaaaaaaaaaaa", "-bbbbbbbbbbbbbbb", "c-cccccccccccccc"])
    monkeypatch.setattr(registry, "token_urlsafe", lambda _: next(drawn))
    assert identified(people, contact()).id == "c-cccccccccccccc"


def test_identities_come_in_the_order_of_the_contacts_and_the_same_twice_is_one(people: People) -> None:
    found = people.identify([contact(3), contact(1), contact(3), contact(2)])
    assert [one.id for one in found] == [identified(people, contact(number)).id for number in (3, 1, 3, 2)]
    assert len({one.id for one in found}) == 3


def test_a_directory_id_counts_without_case_and_white_space(people: People) -> None:
    assert identified(people, Contact("6F1C-AB ", "Ada", None)).id == identified(people, Contact("6f1c-ab", "Ada", None)).id


@pytest.mark.parametrize(
    "changed",
    [{"name": "Ada King"}, {"name": "ADA LOVELACE"}, {"name": None}, {"address": "ada@other.example"}, {"address": "ADA1@example.com"}],
    ids=str,
)
def test_what_changed_is_a_new_card_and_the_old_one_is_kept(people: People, changed: dict[str, Any]) -> None:
    before = contact()
    after = replace(before, **changed)
    id_ = identified(people, before).id
    assert identified(people, after) == identified(people, after) == Identity(id_, 2)
    assert people.addresses([id_]) == {id_: 2}
    cards = people.cards([(id_, 1), (id_, 2), (id_, 0)])
    assert cards[id_, 1] == Card(before.name, before.address)
    assert cards[id_, 2] == cards[id_, 0] == Card(after.name, after.address)


def test_what_did_not_change_writes_nothing(people: People) -> None:
    people.identify([contact(1), contact(2, address="none")])
    before = people._file._connection.total_changes
    people.identify([contact(1), contact(2, address="none")])
    assert people._file._connection.total_changes == before


@pytest.mark.parametrize("address", [None, "", "none", "a@b@c", "ada@example.com\r\nBcc: eve@example.com"], ids=ascii)
def test_an_address_that_is_not_usable_counts_as_none(people: People, address: str | None) -> None:
    ada = identified(people, Contact("6f1c", "Ada", address))
    assert ada.address == 0
    assert people.addresses([ada.id]) == {ada.id: 0}
    assert people.cards([(ada.id, 0)]) == {(ada.id, 0): Card("Ada", None)}


def test_an_address_that_is_gone_leaves_its_card_and_one_that_comes_back_is_a_new_card(people: People) -> None:
    found = [identified(people, one) for one in (contact(), contact(address=None), contact())]
    assert [one.address for one in found] == [1, 0, 3]
    assert people.cards([(found[0].id, 1)])[found[0].id, 1].address == contact().address


def test_whoever_is_unknown_has_neither_address_nor_card(people: People) -> None:
    ada = identified(people, contact())
    assert people.addresses(["nobody", ada.id]) == {ada.id: 1}
    assert people.cards([("nobody", 0), ("nobody", 1), (ada.id, 2), (ada.id, -1)]) == {}
    assert people.erased(["nobody", ada.id]) == set()
    assert (people.addresses([]), people.cards([]), people.erased([]), people.identify([])) == ({}, {}, set(), [])


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_hostile_texts_are_kept_as_they_are_and_found(people: People, text: str) -> None:
    ada = identified(people, Contact(f"id {text} id", text, None))
    assert people.cards([(ada.id, 0)]) == {(ada.id, 0): Card(text, None)}
    assert people.find(f"id {text} id") == ada.id
    assert people.find(f"{text} another") is None


def test_somebody_is_found_by_directory_id_by_address_and_by_id(people: People) -> None:
    ada, bob = people.identify([contact(1), contact(2, address="Bob@Example.com")])
    assert {people.find(text) for text in (contact(1).directory_id.upper(), " ada1@example.com", ada.id)} == {ada.id}
    assert people.find("bob@EXAMPLE.com ") == bob.id
    assert people.find("eve@example.com") is None


def test_an_earlier_address_finds_nobody_and_the_new_one_does(people: People) -> None:
    identified(people, contact(1, address="old@example.com"))
    ada = identified(people, contact(1, address="new@example.com"))
    assert (people.find("old@example.com"), people.find("new@example.com")) == (None, ada.id)


def test_changes_in_one_batch_count_in_their_order(people: People) -> None:
    found = people.identify([contact(1), contact(1, name="Ada King"), contact(1, name="Ada King"), contact(1)])
    assert found == [Identity(found[0].id, number) for number in (1, 2, 2, 3)]


def test_an_address_of_several_people_finds_none_of_them(people: People) -> None:
    people.identify([contact(1, address="team@example.com"), contact(2, address="TEAM@example.com")])
    with pytest.raises(AddressShared) as refused:
        people.find("team@example.com")
    assert "team@" not in refused.value.sentence


def test_a_directory_id_goes_before_an_address_of_somebody_else(people: People) -> None:
    _, ada = people.identify([contact(1, address="ada@example.com"), Contact("ada@example.com", "Ada", None)])
    assert people.find("ada@example.com") == ada.id


@pytest.mark.parametrize("count", [rows._TOGETHER, registry._TOGETHER + 1])
def test_many_are_identified_and_asked_for_at_once(people: People, count: int) -> None:
    found = people.identify([contact(number) for number in range(count)])
    assert people.addresses(one.id for one in found) == {one.id: 1 for one in found}
    assert len(people.cards((one.id, 0) for one in found)) == count


def test_threads_may_share_it(people: People) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: identified(people, contact(number % 10)).id, range(80)))
    assert [found[number] for number in range(10)] * 8 == found


def test_a_webhook_is_kept_sealed_and_forgotten(people: People, path: Path) -> None:
    id_ = people.seal_webhook("https://hooks.example.com/notices", "whsec_c2VjcmV0")
    assert people.webhook(id_) == Webhook("https://hooks.example.com/notices", "whsec_c2VjcmV0")
    sealed = rows.webhook(people._file._connection, id_)
    assert sealed
    assert b"hooks.example" not in all_bytes(path)
    people.remove_webhook(id_)
    people.remove_webhook(id_)
    assert people.webhook(id_) is None
    assert not [value for value in sealed if value in all_bytes(path)]


def test_nothing_personal_is_shown_by_accident(people: People) -> None:
    ada = identified(people, contact())
    hook = people.webhook(people.seal_webhook("https://hooks.example.com", "whsec_c2VjcmV0"))
    shown = f"{contact()!r} {people.cards([(ada.id, 1)])!r} {hook!r} {people!r} {ada!r}"
    assert not [text for text in ("Ada", "ada1@", "6f1c", "hooks", "whsec") if text in shown]


TAMPERED = st.sampled_from([("people", "wrapped"), ("cards", "sealed"), ("webhooks", "wrapped"), ("webhooks", "sealed")])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TAMPERED, st.integers(min_value=0))
def test_any_bit_that_somebody_flipped_in_the_file_is_noticed(place: tuple[str, str], bit: int) -> None:
    table, column = place
    with People.open(None, MasterKey.in_memory()) as people:
        ada, hook = identified(people, contact()).id, people.seal_webhook("https://hooks.example.com", "whsec_c2VjcmV0")
        connection = people._file._connection
        ((value,),) = connection.execute(f"SELECT {column} FROM {table}").fetchall()  # noqa: S608  # names of ours
        connection.execute(f"UPDATE {table} SET {column} = ?", (flipped(value, bit),))  # noqa: S608
        with pytest.raises(CardDamaged) as refused:
            people.webhook(hook) if table == "webhooks" else people.cards([(ada, 1)])
        assert refused.value.person in (ada, hook)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people SET wrapped = (SELECT wrapped FROM people WHERE id = :other) WHERE id = :one",
        "UPDATE cards SET sealed = (SELECT sealed FROM cards WHERE id = :other) WHERE id = :one AND number = 1",
        "UPDATE cards SET sealed = (SELECT sealed FROM cards WHERE id = :one AND number = 2) WHERE id = :one AND number = 1",
        "UPDATE cards SET sealed = 'a text'",
        "UPDATE people SET wrapped = x''",
        "UPDATE people SET id = 'other' || id; UPDATE cards SET id = 'other' || id",
    ],
    ids=["key-of-another", "card-of-another", "another-version", "text", "empty", "renamed"],
)
def test_what_was_moved_to_another_row_does_not_open(statement: str) -> None:
    with People.open(None, MasterKey.in_memory()) as people:
        one, _, other = (found.id for found in people.identify([contact(1), contact(1, name="Ada King"), contact(2)]))
        for part in statement.split("; "):
            people._file._connection.execute(part, {"one": one, "other": other} if ":" in part else {})
        with pytest.raises(CardDamaged):
            people.cards([(one, 1), (f"other{one}", 1)])


def test_a_wrapped_key_that_was_changed_is_noticed_before_a_new_card_is_written(people: People) -> None:
    ada = identified(people, contact())
    people._file._connection.execute("UPDATE people SET wrapped = x'00'")
    with pytest.raises(CardDamaged):
        people.identify([contact(2), contact(1, name="Ada King")])
    assert people.addresses([ada.id]) == {ada.id: 1}
    assert people.find(contact(2).directory_id) is None
