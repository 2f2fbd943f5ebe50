"""A model's page says what the API says, and leads to all that it stands on."""

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from domain.dates import no_date, not_before
from domain.events import WithdrawnBy
from domain.stages import Stage
from domain.subjects import SubjectKey
from domain.values import Source
from tests.api.http.apps import MISTRAL, Site
from tests.api.pages.model.looking import lead, links, section, shown_stage, text_of
from tests.ledgers import announce, enter_stage, list_model, withdraw

PAGE = "/models/azure/mistral-large"
OTHER = SubjectKey.parse("azure/mistral-small")
DAYS = st.integers(min_value=-200, max_value=400).map(lambda days: datetime(2024, 11, 22, 12, tzinfo=UTC) + timedelta(days=days))


@pytest.mark.parametrize(
    ("asked", "stage", "told"),
    [
        ({"valid_at": "2024-12-14"}, "generally_available", "Generally available"),
        ({"valid_at": "2024-12-15"}, "legacy", "Legacy since 15 December 2024"),
        (
            {"valid_at": "2025-01-20"},
            "deprecated",
            "Deprecated since 15 January 2025: no new deployments; stops answering on 15 April 2025",
        ),
        ({"valid_at": "2025-04-15"}, "retired", "Retired since 15 April 2025"),
        ({"valid_at": "2025-01-20", "known_at": "2024-11-21"}, "not_known", "Not known yet on 21 November 2024"),
    ],
)
def test_the_sentence_comes_first_and_the_facts_agree(sample: Site, asked: dict[str, Any], stage: str, told: str) -> None:
    page = sample.get(PAGE, **asked).text
    assert told in lead(page)
    assert shown_stage(page) == stage
    assert page.index('id="sentence"') < page.index("<form class") < page.index('id="facts"')


@settings(max_examples=30, deadline=None)
@given(valid_at=DAYS, known_at=DAYS, model=st.sampled_from(["azure/mistral-large", "azure-openai/gpt-35-turbo", "azure-openai/dall-e-2"]))
def test_its_stage_is_that_of_the_api_at_every_point(sample: Site, valid_at: datetime, known_at: datetime, model: str) -> None:
    clocks: dict[str, Any] = {"valid_at": valid_at.isoformat(), "known_at": min(known_at, sample.clock()).isoformat()}
    answer = sample.read(f"/v1/models/{model}/stage", **clocks)
    page = sample.get(f"/models/{model}", **clocks).text
    assert shown_stage(page) == (answer["stage"] or answer["status"])
    for finding in answer["findings"]:
        assert f"<code>{finding['code']}</code>" in section(page, "findings")
    for planned in filter(None, answer["schedule"].values()):
        assert f'href="#entry-{planned["position"]}"' in section(page, "facts")


def test_dates_stand_beside_their_published_text(sample: Site) -> None:
    facts = text_of(section(sample.get(PAGE, valid_at="2025-01-20").text, "facts"))
    assert "15 April 2025 “ April 15, 2025 ”" in facts
    assert "New deployments refused Existing deployments answer" in facts
    assert "azure version 1" in facts


def test_a_floor_is_no_date(mistral: Site) -> None:
    mistral.given(list_model(OTHER, name="Mistral-small"), announce(OTHER, retired=not_before("2025-06-01"), announced_at="2025-01-10"))
    page = mistral.get("/models/azure/mistral-small").text
    assert "Retired not before 1 June 2025" in text_of(section(page, "facts"))
    assert 'class="floor"' in section(page, "life")
    assert "R Retired not before 1 June 2025" in text_of(section(page, "life"))
    assert shown_stage(page) == "generally_available"


def test_a_withdrawn_claim_is_struck_out_with_the_reason(mistral: Site) -> None:
    mistral.given(announce(retired="2025-03-01", announced_at="2025-01-12"), withdraw(3, by=WithdrawnBy.RECORDER, reason="misread the row"))
    claims = section(mistral.get(PAGE).text, "claims")
    row = claims[claims.index('id="entry-3"') :].partition("</tr>")[0]
    assert "<del>Retired" in row
    assert "withdrawn was withdrawn by entry 4 by the recorder : misread the row" in text_of(row)
    assert "<del>" not in claims[claims.index('id="entry-2"') :].partition("</tr>")[0]
    assert "Withdraws: entry 3, by the recorder: misread the row" in text_of(claims)


def test_a_withdrawn_date_is_told(mistral: Site) -> None:
    mistral.given(announce(retired=no_date(), announced_at="2025-01-12"))
    assert "R Retired withdrawn" in text_of(section(mistral.get(PAGE).text, "facts"))


def test_every_claim_leads_to_its_entry_and_backdated_ones_are_marked(sample: Site) -> None:
    page = sample.get(PAGE).text
    claims = section(page, "claims")
    positions = [entry["position"] for entry in sample.read(f"{MISTRAL}/history")["entries"]]
    assert [address for address in links(claims) if address.startswith("/ledger")] == [
        f"/ledger/entries/{at}" for at in reversed(positions)
    ]
    assert claims.count("backdated") == len(positions)
    assert "https://learn.microsoft.com/azure/machine-learning/concept-model-lifecycle-and-retirement" in links(claims)


def test_what_was_believed_is_told_row_by_row(mistral: Site) -> None:
    mistral.given(announce(retired="2025-06-15", announced_at="2025-01-10"))
    believed = section(mistral.get(PAGE).text, "believed")
    assert 'role="img"' in believed
    words = text_of(believed)
    assert words.index("10 January 2025 G Generally available") < words.index("22 November 2024 G Generally available")
    assert "R Retired from 15 June 2025" in words
    assert "R Retired from 15 April 2025" in words
    assert f"{PAGE}?known_at=2025-01-10" in links(believed)


def test_replacements_are_followed_to_the_end_and_cycles_and_strangers_are_told(mistral: Site) -> None:
    mistral.given(
        list_model(OTHER, name="Mistral-small"),
        announce(OTHER, retired="2025-01-10", replacements=["azure/mistral-large"], announced_at="2024-12-01"),
        announce(replacements=["azure/mistral-small", "azure/nobody-knows"], announced_at="2024-12-02"),
    )
    chain = section(mistral.get(PAGE).text, "replacements")
    words = text_of(chain)
    assert "azure/mistral-small R Retired azure/mistral-large" in words
    assert "leads back: a cycle" in words
    assert "azure/nobody-knows not known by then" in words
    assert [address for address in links(chain) if "nobody" in address] == []


def test_parts_that_differ_are_linked_with_their_stage(mistral: Site) -> None:
    mistral.given(
        announce(retired="2025-01-18", announced_at="2024-12-01", scope={"version": "2402"}),
        announce(retired="2025-03-01", announced_at="2024-12-01", scope={"version": "2407"}),
    )
    parts = section(mistral.get(PAGE, valid_at="2025-01-20").text, "parts")
    assert f"{PAGE}?scope.version=2402&valid_at=2025-01-20" in links(parts)
    assert "version=2402 R Retired" in text_of(parts)
    assert "version=2407 D Deprecated" in text_of(parts)
    part = mistral.get(PAGE, valid_at="2025-01-20", scope_version="2402").text
    assert shown_stage(part) == "retired"
    assert f"{PAGE}?valid_at=2025-01-20" in links(section(part, "facts"))
    assert mistral.get(f"{PAGE}@2402", valid_at="2025-01-20").text.count("s-retired") == part.count("s-retired")


def test_an_unknown_model_is_refused_with_the_nearest_names(mistral: Site) -> None:
    page = mistral.get("/models/azure/mistral-lage", 404).text
    assert "/models/azure/mistral-large" in links(page)


@pytest.mark.parametrize("asked", [{"valid_at": "yesterday"}, {"recorded_at": "@x"}, {"scope_Version": "1"}, {"known_at": "2031-01-01"}])
def test_what_cannot_be_read_is_told_on_a_page(mistral: Site, asked: dict[str, Any]) -> None:
    answer = mistral.client.get(PAGE, params={name.replace("scope_", "scope."): value for name, value in asked.items()})
    assert answer.status_code in (400, 422)
    assert "<h1>" in answer.text


@pytest.mark.parametrize("at", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_days_like_others(mistral: Site, at: str) -> None:
    assert shown_stage(mistral.get(PAGE, valid_at=at).text)


def test_hostile_texts_are_only_texts(empty: Site) -> None:
    bad = '"><script>alert(1)</script>\u202e'
    read = Source(address="javascript:alert(1)", document=None, name=bad[:-1], raw=bad, row=1)
    empty.given(list_model(name=bad[:-1]), replace(announce(notes=bad, retired="2025-06-01"), source=read))
    page = empty.get(PAGE).text
    assert "<script>alert" not in page
    assert [address for address in links(page) if address.startswith("javascript")] == []
    assert "&lt;script&gt;alert(1)" in page


def test_sixty_claims_fold_and_stay_light(empty: Site) -> None:
    empty.given(list_model())
    for number in range(60):
        at = (datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=5 * number)).date().isoformat()
        retired = (datetime(2025, 3, 1, tzinfo=UTC) + timedelta(days=3 * number)).date().isoformat()
        empty.given(announce(retired=retired, announced_at=at, by=f"source-{number % 5}", notes=f"reading {number} of the page"))
    page = empty.get(PAGE).text
    assert "49 older claims" in page
    assert page.count('<tr id="entry-') == 61
    assert len(gzip.compress(page.encode(), 6)) < 60_000


def test_a_sent_form_becomes_an_address(mistral: Site) -> None:
    sent = {"valid_at": "2025-01-20", "valid_at_step": "0", "valid_at_seen": "1", "known_at_step": "1", "known_at_seen": "1"}
    answer = mistral.client.get(PAGE, params={**sent, "scope.version": "2402"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?scope.version=2402&valid_at=2024-12-15")


def test_all_addresses_begin_with_the_root(mistral: Site) -> None:
    with TestClient(mistral.app, root_path="/ledgers/one") as client:
        page = client.get(PAGE).text
    inside = [address for address in links(page) if address.startswith("/")]
    assert len(inside) > 20
    assert [address for address in inside if not address.startswith("/ledgers/one/")] == []


def test_a_stage_that_the_provider_entered_is_a_claim(mistral: Site) -> None:
    mistral.given(enter_stage(Stage.DEPRECATED, "2024-12-20", announced_at="2024-12-20"))
    assert "Entered: Deprecated on 20 December 2024: the provider said so" in text_of(section(mistral.get(PAGE).text, "claims"))


def test_it_is_answered_as_the_ledger_held_it(mistral: Site) -> None:
    page = mistral.get(PAGE, recorded_at="@1").text
    assert "position 1 of the ledger" in text_of(section(page, "facts"))
    assert 'id="entry-2"' not in page
    assert shown_stage(page) == "generally_available"


def test_what_it_offers_to_machines_answers(sample: Site) -> None:
    page = sample.get(PAGE, valid_at="2025-01-20", known_at="2024-12-01").text
    offered = [address for address in links(section(page, "machines")) if address.startswith("/v1/")]
    assert len(offered) == 4
    for address in offered:
        answer = sample.read(address)
        assert answer.get("stage", "deprecated") == "deprecated"
