"""What a notice says, in plain text and in HTML: the same, and nothing that a name could smuggle in."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.delivery.cleaning import cleaned
from api.delivery.notice import Place
from api.delivery.rendering import PLACES_MAX, Rendered, rendered
from domain.dates import AnyDate, firm, no_date, not_before
from domain.notices.events import Replacement, RunCause, Schedule
from domain.stages import Stage
from domain.subjects import Scope
from tests.api.delivery.letters import HOSTILE, letter
from tests.api.delivery.pages import Page

TAGS = {"html", "head", "meta", "title", "body", "p", "strong", "br", "code", "table", "caption", "tr", "th", "td", "s", "ul", "li", "a"}
COLUMNS = 78
LINKS = ["The provider's announcement: ", "What is on record: ", "Tell us that you have read this: "]


def plan(legacy: AnyDate | None = None, deprecated: AnyDate | None = None, retired: AnyDate | None = None) -> Schedule:
    return Schedule(legacy=legacy, deprecated=deprecated, retired=retired)


FIRST = plan(firm("2024-12-15"), firm("2025-01-15"), firm("2025-04-15"))


def words(told: Rendered) -> tuple[str, str]:
    """Return both texts, each in one line."""
    return " ".join(told.text.split()), Page(told.html).text


def both_say(told: Rendered, *sentences: str) -> None:
    for text in words(told):
        assert [sentence for sentence in sentences if sentence not in text] == []


def neither_says(told: Rendered, *sentences: str) -> None:
    for text in words(told):
        assert [sentence for sentence in sentences if sentence in text] == []


@pytest.mark.parametrize(
    ("cause", "after", "before", "subject", "what"),
    [
        (
            RunCause.ANNOUNCED,
            FIRST,
            None,
            "Mistral-large: deprecated on 2025-01-15, retired on 2025-04-15",
            "The retirement of Mistral-large has been announced.",
        ),
        (
            RunCause.MOVED,
            FIRST,
            plan(retired=firm("2025-03-01")),
            "Mistral-large: deprecated on 2025-01-15, retired on 2025-04-15 (changed)",
            "What was announced about the retirement of Mistral-large has changed.",
        ),
        (
            RunCause.WITHDRAWN,
            plan(no_date(), no_date(), no_date()),
            FIRST,
            "Mistral-large: dates withdrawn",
            "The dates that were announced for Mistral-large have been taken back.",
        ),
        (
            RunCause.JOINED,
            FIRST,
            None,
            "Mistral-large: deprecated on 2025-01-15, retired on 2025-04-15",
            "The retirement of Mistral-large was announced before your deployment was made or your role began.",
        ),
    ],
    ids=list(RunCause),
)
def test_each_cause_is_told_in_its_words(cause: RunCause, after: Schedule, before: Schedule | None, subject: str, what: str) -> None:
    told = rendered(letter(cause=cause, after=after, before=before))
    assert told.subject == subject
    both_say(told, what)


@pytest.mark.parametrize(
    ("date", "shown", "subject"),
    [
        (firm("2025-04-15"), "retired 2025-04-15 (in 144 days)", "retired on 2025-04-15"),
        (firm("2024-11-23"), "retired 2024-11-23 (in 1 day)", "retired on 2024-11-23"),
        (firm("2024-11-22"), "retired 2024-11-22 (today)", "retired on 2024-11-22"),
        (firm("2024-11-21"), "retired 2024-11-21 (1 day ago)", "retired on 2024-11-21"),
        (firm("2024-10-23"), "retired 2024-10-23 (30 days ago)", "retired on 2024-10-23"),
        (firm("2025-04"), "retired 2025-04, at its end (in 160 days)", "retired in 2025-04"),
        (firm("2025-04-15T12:00:00Z"), "retired 2025-04-15T12:00:00Z (in 144 days)", "retired on 2025-04-15T12:00:00Z"),
        (not_before("2025-04-15"), "retired not before 2025-04-15 Existing", "retired not before 2025-04-15"),
        (not_before("2025-04"), "retired not before 2025-04 Existing", "retired not before 2025-04"),
        (no_date(), "retired no date any more Existing", "retirement announced"),
        (None, "retired no date announced Existing", "retirement announced"),
    ],
    ids=str,
)
def test_a_date_is_shown_as_exactly_as_it_was_published(date: AnyDate | None, shown: str, subject: str) -> None:
    told = rendered(letter(cause=RunCause.ANNOUNCED, after=plan(retired=date), before=None))
    both_say(told, shown)
    assert told.subject == f"Mistral-large: {subject}"


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (firm("2025-03-01"), firm("2025-04-15"), "before: 2025-03-01; moved 45 days later"),
        (firm("2025-04-16"), firm("2025-04-15"), "before: 2025-04-16; moved 1 day earlier"),
        (not_before("2025-03-01"), not_before("2025-04-15"), "before: not before 2025-03-01; moved 45 days later"),
        (firm("2025-03"), firm("2025-04"), "before: 2025-03, at its end; moved 30 days later"),
        (firm("2025-04-15"), no_date(), "before: 2025-04-15 Existing"),
        (no_date(), firm("2025-04-15"), "before: no date any more Existing"),
        (None, firm("2025-04-15"), "before: no date announced Existing"),
        (not_before("2025-04-15"), firm("2025-04-15"), "before: not before 2025-04-15 Existing"),
    ],
    ids=str,
)
def test_a_date_that_moved_tells_from_where(before: AnyDate | None, after: AnyDate | None, shown: str) -> None:
    both_say(rendered(letter(after=plan(retired=after), before=plan(retired=before))), shown)


@pytest.mark.parametrize("date", [firm("2025-04-15"), not_before("2025-04"), no_date(), None], ids=str)
def test_a_date_that_stays_tells_nothing_of_before(date: AnyDate | None) -> None:
    raw = date.model_copy(update={"raw": "written otherwise"}) if date else None
    neither_says(rendered(letter(after=plan(retired=date), before=plan(retired=raw))), "before: ", "moved")


def test_all_three_dates_say_what_they_mean() -> None:
    both_say(
        rendered(letter()),
        "You can still create deployments; plan your move to another model now.",
        "No new deployments can be created; those that exist go on answering.",
        "Existing deployments stop answering.",
    )


def test_replacements_come_with_their_own_stage() -> None:
    known = Replacement(stage=Stage.GENERALLY_AVAILABLE, subject="azure/mistral-large-2407")
    unknown = Replacement(stage=None, subject="azure/next@2")
    told = rendered(letter(replacements=(known, unknown), replacements_before=("azure/earlier",)))
    both_say(
        told, "azure/mistral-large-2407 (generally available now)", "azure/next@2 (stage not known now)", "Suggested before: azure/earlier"
    )


def test_no_replacement_is_said_and_the_same_ones_as_before_are_not_told_as_changed() -> None:
    both_say(rendered(letter(replacements=())), "No replacement has been suggested.")
    same = Replacement(stage=Stage.LEGACY, subject="azure/earlier")
    neither_says(rendered(letter(replacements=(same,), replacements_before=("azure/earlier",))), "Suggested before")


def test_a_part_of_a_model_is_named() -> None:
    both_say(rendered(letter(scope=Scope.of({"version": "2407", "region": "eastus2"}))), "azure/mistral-large@2407", "region=eastus2")
    neither_says(rendered(letter()), "About:", "region=")


def test_a_reader_is_told_why() -> None:
    told = rendered(letter(places=[Place("s-1", ("owner", "reader")), Place("s-2", ("monitoring reader",))]))
    both_say(told, "subscription s-1: owner, reader", "subscription s-2: monitoring reader", "Notice 8.1.")


def test_a_webhook_has_no_roles() -> None:
    told = rendered(letter(places=[Place("s-1", ())]))
    assert "  subscription s-1\n" in told.text
    assert "s-1:" not in Page(told.html).text


@pytest.mark.parametrize(
    ("count", "more"), [(PLACES_MAX, None), (PLACES_MAX + 1, "and 1 more subscription "), (1_000, "and 980 more subscriptions ")], ids=str
)
def test_many_subscriptions_are_counted_after_the_first(count: int, more: str | None) -> None:
    told = rendered(letter(places=[Place(f"s-{number:04}", ("owner",)) for number in range(1, count + 1)]))
    both_say(told, "s-0001: owner", f"s-{PLACES_MAX:04}: owner", *filter(None, [more]))
    neither_says(told, f"s-{PLACES_MAX + 1:04}", *([] if more else ["more subscription"]))


def test_readers_are_led_on() -> None:
    told = rendered(letter(link="https://provider.example/page?a=1&b=2"))
    assert Page(told.html).links == [
        "https://provider.example/page?a=1&b=2",
        "https://ledger.example/models/azure/mistral-large",
        "https://ledger.example/acknowledge/abc",
    ]
    assert [link for link in Page(told.html).links if link and link in told.text.split()] == Page(told.html).links


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", " JavaScript:alert(1)", "\x01javascript:x", "//e.example", None]
)
def test_a_link_that_is_no_web_address_is_not_followed(link: str | None) -> None:
    assert len(Page(rendered(letter(link=link)).html).links) == 2


def test_a_link_cannot_leave_its_attribute() -> None:
    (link, *_) = Page(rendered(letter(link="https://x.example/\"><script>alert('1')</script>\r\nBcc: x")).html).links
    assert link == "https://x.example/\"><script>alert('1')</script> Bcc: x"


def test_lines_are_short_except_for_links() -> None:
    told = rendered(letter(name="n" * 60, places=[Place("s" * 40, ("owner", "contributor", "reader", "monitoring contributor"))]))
    long = [line for line in told.text.splitlines() if len(line) > COLUMNS]
    assert [line for line in long if "https://" not in line] == []


def test_the_same_notice_reads_the_same_and_each_reader_has_an_own_one() -> None:
    assert rendered(letter(1)) == rendered(letter(1))
    assert rendered(letter(1)).text.replace("8.1", "8.2") == rendered(letter(2)).text


def hostile(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "provider": name or None,
        "replacements": (Replacement.model_construct(stage=None, subject=name),),
        "replacements_before": (name,),
        "scope": Scope((("region", name),)),
        "places": [Place(name, (name, "owner"))],
    }


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name[:16]))
def test_a_hostile_name_is_shown_and_does_nothing(name: str) -> None:
    told = rendered(letter(**hostile(name)))
    page = Page(told.html)
    assert page.tags <= TAGS
    assert page.declared == ["doctype html"]
    assert len(page.links) == 3
    place = " ".join(f"subscription {cleaned(name)}: {cleaned(name)}, owner".split())
    assert place in page.text
    assert place in " ".join(told.text.split())
    assert "49" not in told.subject
    assert len(told.subject) < 200
    for text in (told.subject, told.text, told.html):
        assert {c for c in text if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}} <= {"\n"}
    assert "\n" not in told.subject


@given(st.text(st.characters(codec=None), max_size=200))
def test_no_name_adds_a_tag_or_a_line(name: str) -> None:
    plain, told = rendered(letter(**hostile("x"))), rendered(letter(**hostile(name)))
    page = Page(told.html)
    assert page.tags <= TAGS
    assert page.declared == ["doctype html"]
    assert " ".join(f"{cleaned(name)}: {cleaned(name)}, owner".split()) in page.text
    assert told.html.count("\n") == plain.html.count("\n")
