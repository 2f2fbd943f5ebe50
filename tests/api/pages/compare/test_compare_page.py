"""The comparison shows what `lifecycle diff` prints, by what matters most."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.sample import fill
from domain.dates import AnyDate, no_date, not_before
from domain.ledger import Asked
from domain.subjects import SubjectKey
from projections.catalog import snapshot
from projections.differences import differences
from tests.api.http.apps import Site, site
from tests.api.pages.model.looking import links, text_of
from tests.ledgers import announce, list_model

PAGE = "/compare"
DAYS = st.integers(min_value=0, max_value=125).map(lambda days: datetime(2024, 9, 28, tzinfo=UTC) + timedelta(days=days))


@pytest.fixture(scope="module")
def sample() -> Iterator[Site]:
    with site() as found:
        fill(found.ledger)
        yield found


@pytest.fixture
def empty() -> Iterator[Site]:
    with site() as found:
        yield found


@pytest.fixture
def changed(empty: Site) -> Site:
    """Four models, each announced about once more on 10 January 2025."""
    for name in "abcd":
        key = SubjectKey.parse(f"azure/model-{name}")
        empty.given(list_model(key, name=f"Model-{name}", announced_at="2024-12-01"))
        retired = not_before("2025-06-01") if name == "b" else "2025-06-01"
        empty.given(announce(key, retired=retired, announced_at="2024-12-01"))
    moved: dict[str, AnyDate | str] = {"a": "2025-07-01", "b": "2025-06-10", "c": "2025-05-01", "d": no_date()}
    for name, late in moved.items():
        empty.given(announce(SubjectKey.parse(f"azure/model-{name}"), retired=late, announced_at="2025-01-10"))
    empty.given(list_model(SubjectKey.parse("azure/model-e"), name="Model-e", announced_at="2025-01-10"))
    return empty


def days(first: str, second: str = "") -> dict[str, Any]:
    return {"from": first, "to": second}


def groups(page: str) -> list[str]:
    return [text_of(found) for found in re.findall(r'<th scope="rowgroup".*?<bdi>(.*?)</bdi>', page)]


def rows(page: str) -> list[str]:
    return [text_of(found) for found in re.findall(r'<tr class="\w+">(.*?)</tr>', page)]


def test_what_matters_most_stands_first(changed: Site) -> None:
    page = changed.get(PAGE).text
    assert groups(page) == [f"azure/model-{name}" for name in "cbdae"]
    *changes, new = rows(page)
    assert changes == [
        "Retired moved earlier 1 June 2025 1 May 2025 31 earlier",
        "Retired floor became firm not before 1 June 2025 10 June 2025 9 later",
        "Retired date withdrawn 1 June 2025 withdrawn",
        "Retired moved later 1 June 2025 1 July 2025 30 later",
    ]
    assert new.endswith("Generally available")
    assert "5 models or parts differ between 1 December 2024 and now" in text_of(page)


def test_kinds_are_counted_and_chosen(changed: Site) -> None:
    page = changed.get(PAGE, kind="moved_later").text
    assert groups(page) == ["azure/model-a"]
    for words in ("1 moved earlier", "1 moved later", "1 date withdrawn", "1 newly known"):
        assert words in text_of(page)
    assert f"{PAGE}?kind=moved_earlier" in links(page)


def test_a_catalog_can_be_chosen(changed: Site) -> None:
    key = SubjectKey.parse("elsewhere/model-f")
    changed.given(list_model(key, name="Model-f", announced_at="2025-01-10"))
    assert groups(changed.get(PAGE, catalog="elsewhere").text) == ["elsewhere/model-f"]
    assert len(groups(changed.get(PAGE).text)) == 6


@settings(max_examples=25, deadline=None)
@given(first=DAYS, second=DAYS)
def test_it_shows_what_the_command_line_prints(sample: Site, first: datetime, second: datetime) -> None:
    first, second = sorted((first, second))
    was, now = (snapshot(sample.ledger, Asked(known_at=at)) for at in (first, second))
    expected = list(differences(was.rows(None), now.rows(None)))
    page = sample.get(PAGE, **days(first.isoformat(), second.isoformat())).text
    assert len(groups(page)) == len(expected)
    assert len(rows(page)) == sum(len(difference.changes) for difference in expected)


def test_an_older_position_is_compared_by_replay(changed: Site) -> None:
    page = changed.get(PAGE, recorded_at="@9", **days("2025-01-01", "2025-01-20")).text
    assert groups(page) == ["azure/model-a"]
    assert groups(changed.get(PAGE, recorded_at="@13", **days("2025-01-01")).text) == groups(changed.get(PAGE).text)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"from": "yesterday"}, "yesterday"),
        ({"from": "2025-01-10", "to": "2024-12-01"}, "The first day is later than the second one"),
        ({"to": "2031-01-01"}, "2031-01-01 lies ahead"),
        ({"valid_at": "2025-02-30"}, "2025-02-30"),
        ({"from": '"><script>alert(1)</script>'}, "&lt;script&gt;"),
    ],
)
def test_what_cannot_be_used_is_told_and_kept(changed: Site, asked: dict[str, Any], told: str) -> None:
    page = changed.get(PAGE, 422, **asked).text
    assert told in page
    assert 'aria-invalid="true"' in page
    assert "<script>alert" not in page
    for text in asked.values():
        assert f'value="{text}"'.replace('"><script>', "&#34;&gt;&lt;script&gt;").replace("</script>", "&lt;/script&gt;") in page


def test_swapped_days_can_be_swapped_back(changed: Site) -> None:
    page = changed.get(PAGE, 422, **days("2025-01-10", "2024-12-01")).text
    assert f"{PAGE}?from=2024-12-01&to=2025-01-10" in links(page)


def test_steps_lead_through_the_days_of_announcements(changed: Site) -> None:
    page = changed.get(PAGE, **days("2024-12-01", "2025-01-09")).text
    assert f"{PAGE}?from=2024-11-30&to=2024-12-01" in links(page)
    assert f"{PAGE}?from=2025-01-09&to=2025-01-10" in links(page)
    assert groups(changed.get(PAGE, **days("2025-01-09", "2025-01-10")).text)


def test_models_are_linked_as_known_before_and_after(changed: Site) -> None:
    found = links(changed.get(PAGE, **days("2024-12-01", "2025-01-10"), valid_at="2025-06-05").text)
    assert "/models/azure/model-c?valid_at=2025-06-05&known_at=2025-01-10" in found
    assert "/models/azure/model-c?valid_at=2025-06-05&known_at=2024-12-01" in found


def test_an_empty_ledger_has_nothing_to_compare(empty: Site) -> None:
    assert "Nothing changed between" in text_of(empty.get(PAGE).text)


def test_many_models_are_paged_without_gap_or_overlap(empty: Site) -> None:
    names = [f"model-{number:03}" for number in range(203)]
    empty.given(*(list_model(SubjectKey.parse(f"azure/{name}"), name=name, announced_at="2025-01-10") for name in names))
    found = [name for page in "123" for name in groups(empty.get(PAGE, page=page).text)]
    assert found == [f"azure/{name}" for name in names]
    assert f"{PAGE}?page=2" in links(empty.get(PAGE).text)


def test_all_addresses_begin_with_the_root(changed: Site) -> None:
    with TestClient(changed.app, root_path="/ledgers/one") as client:
        inside = [address for address in links(client.get(PAGE).text) if address.startswith("/")]
    assert len(inside) > 15
    assert [address for address in inside if not address.startswith("/ledgers/one/")] == []
