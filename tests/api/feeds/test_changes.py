"""News as Atom and as JSON Feed."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.api.http.apps import LISTING, MISTRAL, SOURCE, Site, site

FIRST = (
    "azure/mistral-large: legacy 15 December 2024; deprecation 15 January 2025; retirement 15 April 2025; "
    "replaced by azure/mistral-large-2407"
)
NAMES = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def shown() -> Iterator[Site]:
    with site() as found:
        found.list_and_announce()
        found.post(f"{MISTRAL}/announcements", {"announced_at": "2024-12-01", "retired": {"on": "2025-06-15"}, "source": SOURCE})
        found.post(f"{MISTRAL}/announcements", {"announced_at": "2024-12-02", "label": "legacy", "source": SOURCE})
        found.post(f"{MISTRAL}/withdrawals", {"claim": 3, "by": "recorder", "reason": "read <wrong>"})
        yield found


def titles(shown: Site, query: str = "") -> list[str]:
    return [item["title"] for item in shown.read(f"/feeds/changes.json{query}")["items"]]


def test_each_entry_says_what_it_changed(shown: Site) -> None:
    assert titles(shown) == [
        "azure/mistral-large: an announcement was withdrawn; retirement moved from 15 June 2025 to 15 April 2025 (61 days earlier)",
        "azure/mistral-large: shown as legacy",
        "azure/mistral-large: retirement moved from 15 April 2025 to 15 June 2025 (61 days later)",
        FIRST,
        "azure/mistral-large: listed as generally available",
    ]


def test_both_feeds_hold_the_same(shown: Site) -> None:
    json_items = shown.read("/feeds/changes.json")["items"]
    feed = ET.fromstring(shown.get("/feeds/changes.atom").text)
    entries = feed.findall("a:entry", NAMES)
    for name, field in (("title", "title"), ("id", "id"), ("published", "date_published")):
        assert [text(entry, name) for entry in entries] == [str(item[field]).replace("Z", "+00:00") for item in json_items]
    assert "read &lt;wrong&gt;" in text(entries[0], "summary")
    assert len({item["id"] for item in json_items}) == 5


def text(entry: ET.Element, name: str) -> str:
    found = entry.find(f"a:{name}", NAMES)
    assert found is not None
    return found.text or ""


def test_an_atom_feed_has_what_it_must(shown: Site) -> None:
    feed = ET.fromstring(shown.get("/feeds/changes.atom").text)
    assert text(feed, "id").startswith("urn:lifecycle-ledger:")
    assert text(feed, "updated").startswith("2025-02-01T12:00:00")
    assert feed.find("a:author/a:name", NAMES) is not None
    links = {link.get("rel"): link.get("href") for link in feed.findall("a:link", NAMES)}
    assert links == {"alternate": "http://testserver/", "self": "http://testserver/feeds/changes.atom"}


def test_a_json_feed_has_what_it_must(shown: Site) -> None:
    answer = shown.get("/feeds/changes.json")
    assert answer.headers["content-type"] == "application/feed+json"
    feed = answer.json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "http://testserver/feeds/changes.json"
    assert all({"id", "url", "content_text", "date_published"} <= item.keys() for item in feed["items"])


def test_pages_meet_without_gap_or_overlap(shown: Site) -> None:
    read, address = [], "/feeds/changes.json?limit=2&catalog=azure"
    while address:
        feed: Any = shown.client.get(address).json()
        read += [item["id"] for item in feed["items"]]
        address = feed.get("next_url", "").removeprefix("http://testserver")
    assert read == [item["id"] for item in shown.read("/feeds/changes.json")["items"]]
    atom = ET.fromstring(shown.get("/feeds/changes.atom", limit=2).text)
    assert atom.find("a:link[@rel='next']", NAMES) is not None


def test_a_feed_is_of_what_was_asked_for(shown: Site) -> None:
    shown.post("/v1/models", {**LISTING, "catalog": "other", "provider": "Somebody"})
    assert len(titles(shown, "?catalog=other")) == 1
    assert len(titles(shown, "?provider=Somebody")) == 1
    assert len(titles(shown, "?model=azure/mistral-large")) == 5
    assert titles(shown, "?catalog=nowhere") == []
    assert shown.client.get("/feeds/changes.json?limit=0").status_code == 422
    assert shown.client.get("/feeds/changes.atom?since=1").status_code == 422


def test_a_reader_that_has_the_feed_is_told_so(shown: Site) -> None:
    for path in ("/feeds/changes.atom", "/feeds/changes.json"):
        tag = shown.get(path).headers["etag"]
        assert shown.client.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_what_xml_cannot_hold_is_left_out() -> None:
    with site() as own:
        own.list_and_announce()
        own.post(f"{MISTRAL}/withdrawals", {"claim": 2, "by": "recorder", "reason": "a\u0085b <b>&\u202e"})
        ET.fromstring(own.get("/feeds/changes.atom").content)


def test_an_empty_ledger_has_an_empty_feed() -> None:
    with site() as own:
        assert own.read("/feeds/changes.json")["items"] == []
        assert text(ET.fromstring(own.get("/feeds/changes.atom").text), "updated") == "2000-01-01T00:00:00+00:00"
