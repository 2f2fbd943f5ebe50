"""The ledger's own pages."""

from collections.abc import Iterator

import pytest

from tests.api.http.apps import Site, site
from tests.api.pages.html import Read


@pytest.fixture
def shown() -> Iterator[Site]:
    with site() as found:
        found.list_and_announce()
        yield found


def test_it_shows_what_is_signed_and_the_last_entries() -> None:
    with site() as found:
        found.list_and_announce()
        assert "None is under a checkpoint yet" in Read(found.get("/ledger").text).text
        found.client.post("/v1/ledger/checkpoint")
        page = Read(found.get("/ledger").text)
        assert "2 entries" in page.text
        assert "All of them are under a checkpoint" in page.text
        rows = page.table()
        assert [row[0] for row in rows[-2:]] == ["2", "1"]
        assert rows[-2][2:] == ["RetirementAnnounced", "azure/mistral-large", "tester"]


def test_an_entry_is_shown_with_its_bytes_its_leaf_and_its_proof() -> None:
    with site() as found:
        found.list_and_announce()
        assert "No checkpoint covers this entry yet" in Read(found.get("/ledger/entries/2").text).text
        found.client.post("/v1/ledger/checkpoint")
        page = Read(found.get("/ledger/entries/2").text)
        proof = found.get("/v1/ledger/proof/entries/2").text
        stored = found.service.proving.evidence.at_one_moment(lambda snapshot: snapshot.stored_at(2))
    assert stored
    assert " ".join(proof.split()) in page.text
    assert stored.state.hex(" ") in page.text
    assert '"announced_at": "2024-11-22T00:00:00Z"' in page.text
    assert page.links["Previous entry"] == "/ledger/entries/1"
    assert "Next entry" not in page.links


@pytest.mark.parametrize("path", ["/ledger/entries/9", "/ledger/entries/0", "/ledger/entries/x", "/ledger/entries/99999999999999999999999"])
def test_an_entry_that_is_not_there_is_a_page_too(path: str) -> None:
    with site() as found:
        answer = found.client.get(path)
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"].startswith("text/html")


def test_a_position_leads_to_its_entry(shown: Site) -> None:
    answer = shown.client.get("/ledger?entry=@2", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ledger/entries/2")
    assert shown.client.get("/ledger?entry=two").status_code == 422


def test_earlier_entries_follow_page_by_page() -> None:
    with site() as found:
        found.list_and_announce()
        for day in range(1, 59):
            found.post(
                "/v1/models/azure/mistral-large/announcements",
                {"announced_at": "2025-01-01", "notes": f"{day}", "label": "legacy", "source": {"name": "page"}},
            )
        first = Read(found.get("/ledger").text)
        second = Read(found.get(first.links["Earlier entries"]).text)
    assert [row[0] for row in first.table()[1:]] == [str(number) for number in range(60, 10, -1)]
    assert [row[0] for row in second.table()[1:]] == [str(number) for number in range(10, 0, -1)]
    assert "Earlier entries" not in second.links
