"""No byte of the people's files says who somebody is."""

from pathlib import Path

from domain.people.keys import MasterKey
from domain.people.registry import Contact, People
from tests.leaks import leaks

ADA = Contact("6f1c2a90-1111-4222-8333-944455556666", "Ada Lovelace", "Ada.Lovelace@example.com")
BOB = Contact("bob-directory-id", "Jürgen Müßig", "jürgen@bücher.example")
SECRETS = [text for one in (ADA, BOB) for text in (one.directory_id, one.name, one.address) if text]
HOOK = ("https://hooks.example.com/notices", "whsec_c2VjcmV0LW9mLWEtaG9vaw==")


def test_neither_names_nor_addresses_nor_directory_ids_nor_webhooks_stand_there(tmp_path: Path) -> None:
    key = MasterKey.load(tmp_path / "ledger.people.key", create=True)
    with People.open(tmp_path / "ledger.people.db", key) as people:
        people.identify([ADA, BOB])
        people.identify([Contact(ADA.directory_id, "Ada King", ADA.address)])
        people.seal_webhook(*HOOK)
        assert [people.find(text) is None for text in (ADA.directory_id, BOB.address or "")] == [False, False]
        assert leaks(tmp_path, [*SECRETS, "Ada King", *HOOK]) == []
    assert leaks(tmp_path, [*SECRETS, "Ada King", *HOOK]) == []
