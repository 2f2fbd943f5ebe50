"""Transcription: what becomes of one published row."""

import pytest

from domain import refusals
from domain.changes import ChangeCode
from domain.dates import AnyDate, firm, no_date, not_before
from domain.errors import InvalidName
from domain.events import Event, ModelListed, RetirementAnnounced, WithdrawnBy
from domain.model import Model, fold
from domain.stages import Stage
from domain.subjects import Scope
from domain.transcription import Transcription, drop_split
from domain.transcription import transcribe as decide
from tests.ledgers import NOW, transcribe
from tests.ledgers import drop_split as dropping
from tests.spec import KEY, announced, at, entries_of, listed, misread, withdrawn

Code = ChangeCode
V1, V2 = {"version": "1"}, {"version": "2"}
RETIRED = Stage.RETIRED


def model(*said: Event) -> Model:
    return fold(KEY, entries_of(*said))


def codes(found: Transcription) -> list[ChangeCode]:
    return [change.code for change in found.changes]


# --- New rows ---------------------------------------------------------------------------------------------------------


def test_a_new_row_lists_the_model_and_records_the_row() -> None:
    found = decide(model(), transcribe(retired="2025-04-15", provider="Mistral AI", notes="n"), at(NOW))
    listing, row = found.events
    assert isinstance(listing, ModelListed)
    assert isinstance(row, RetirementAnnounced)
    assert (listing.name, listing.provider, listing.since, listing.stage) == (
        "Mistral-large",
        "Mistral AI",
        None,
        Stage.GENERALLY_AVAILABLE,
    )
    assert (row.retired, row.notes, row.announced_at) == (firm("2025-04-15"), "n", at("2024-11-22"))
    assert (codes(found), found.disputed) == ([Code.NEW], False)


@pytest.mark.parametrize(
    ("label", "stage"), [(Stage.PREVIEW, Stage.PREVIEW), (Stage.LEGACY, Stage.GENERALLY_AVAILABLE), (None, Stage.GENERALLY_AVAILABLE)]
)
def test_a_row_labelled_preview_lists_a_preview(label: Stage | None, stage: Stage) -> None:
    listing = decide(model(), transcribe(label=label), at(NOW)).events[0]
    assert isinstance(listing, ModelListed)
    assert listing.stage is stage


@pytest.mark.parametrize("date", [None, no_date()])
def test_a_new_row_that_states_nothing_only_lists_the_model(date: AnyDate | None) -> None:
    found = decide(model(), transcribe(retired=date), at(NOW))
    assert ([type(event) for event in found.events], codes(found)) == ([ModelListed], [Code.NEW])
    again = decide(model(listed()), transcribe(retired=date), at(NOW))
    assert (list(again.events), list(again.changes)) == ([], [])


def test_a_row_about_part_of_a_listed_model_lists_nothing() -> None:
    found = decide(model(listed()), transcribe(label=Stage.LEGACY, scope=V1), at(NOW))
    assert [type(event) for event in found.events] == [RetirementAnnounced]


def test_a_row_from_the_future_is_refused_and_one_of_this_instant_is_not() -> None:
    with pytest.raises(refusals.AnnouncedInFuture):
        decide(model(), transcribe(announced_at="2025-02-02"), at(NOW))
    assert decide(model(), transcribe(announced_at="2025-02-02"), at("2025-02-02")).events


@pytest.mark.parametrize(("name", "provider"), [("gpt\x1b[31m", None), ("", None), ("gpt", "Open\0AI")])
def test_a_row_lists_only_what_can_be_read(name: str, provider: str | None) -> None:
    with pytest.raises(InvalidName):
        decide(model(), transcribe(name=name, provider=provider, label=RETIRED), at(NOW))


# --- Unchanged and changed rows ---------------------------------------------------------------------------------------


def test_an_unchanged_row_is_not_recorded_again_whatever_its_document_and_raw_text() -> None:
    said = model(listed(), announced(retired=firm("2025-04-15", raw="April 15, 2025"), document="d1"))
    found = decide(said, transcribe(retired=firm("2025-04-15", raw="4/15/2025"), document="d2", announced_at="2024-12-03"), at(NOW))
    assert (list(found.events), list(found.changes), found.disputed) == ([], [], False)


def test_an_unchanged_row_of_a_model_that_is_listed_no_more_lists_it_again() -> None:
    found = decide(model(listed(), announced(label=RETIRED), withdrawn(1)), transcribe(label=RETIRED), at(NOW))
    assert ([type(event) for event in found.events], codes(found)) == ([ModelListed], [Code.NEW])


@pytest.mark.parametrize(
    ("said", "row", "expected"),
    [
        ({"retired": "2025-04-15"}, {"retired": "2025-05-15"}, [Code.MOVED_LATER]),
        ({"retired": "2025-04-15"}, {"retired": "2025-04-14"}, [Code.MOVED_EARLIER]),
        ({"retired": not_before("2025-04-15")}, {"retired": "2025-04-15"}, [Code.FLOOR_BECAME_FIRM]),
        ({"retired": "2025-04-15"}, {"retired": not_before("2025-04-15")}, [Code.FIRM_BECAME_FLOOR]),
        ({"retired": "2025-04-15"}, {"retired": no_date()}, [Code.DATE_WITHDRAWN]),
        ({"retired": "2025-04-15"}, {}, [Code.DATE_NOT_STATED]),
        ({"label": Stage.LEGACY}, {"label": Stage.DEPRECATED}, [Code.LABEL_CHANGED]),
        ({"replacements": ["azure/a"]}, {"replacements": ["azure/b"]}, [Code.REPLACEMENT_CHANGED]),
        ({"label": Stage.LEGACY}, {"label": Stage.LEGACY, "notes": "new"}, [Code.NOTES_CHANGED]),
        ({"label": Stage.LEGACY}, {"label": Stage.LEGACY, "legacy": "2025-01-01"}, [Code.DATE_STATED]),
    ],
)
def test_a_changed_row_is_recorded_with_its_changes(said: dict[str, object], row: dict[str, object], expected: list[ChangeCode]) -> None:
    found = decide(model(listed(), announced(**said)), transcribe(**row), at(NOW))  # type: ignore[arg-type]
    assert ([type(event) for event in found.events], codes(found)) == ([RetirementAnnounced], expected)


def test_a_row_is_judged_by_what_its_own_source_said_last() -> None:
    said = model(
        listed(),
        announced("2024-06-01", retired="2025-04-15"),
        announced("2024-07-01", retired="2025-05-15"),
        announced("2024-08-01", retired="2025-04-15", by="mail"),
    )
    back = decide(said, transcribe(retired="2025-04-15"), at(NOW))
    assert [(change.code, change.before, change.days) for change in back.changes] == [(Code.MOVED_EARLIER, "2025-05-15", -30)]
    assert codes(decide(said, transcribe(retired="2025-04-15", by="blog"), at(NOW))) == [Code.NEW]


# --- Withdrawn cells --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "scope", "withdraws"),
    [
        (announced(retired="2025-04-15"), {}, True),
        (announced(retired="2025-04-15"), V1, True),
        (announced(retired=not_before("2025-04-15")), {}, True),
        (announced(retired="2025-04-15", scope=V1), {}, False),
        (announced(retired="2025-04-15", scope=V1), V2, False),
        (announced(retired="2025-04-15", by="mail"), {}, False),
        (announced(legacy="2025-04-15"), {}, False),
    ],
)
def test_a_cell_without_a_date_withdraws_only_what_its_source_said_there(
    said: RetirementAnnounced, scope: dict[str, str], *, withdraws: bool
) -> None:
    row = decide(model(listed(), said), transcribe(retired=no_date(raw="None announced"), notes="n", scope=scope), at(NOW)).events[-1]
    assert isinstance(row, RetirementAnnounced)
    assert row.retired == (no_date(raw="None announced") if withdraws else None)


def test_a_date_that_is_withdrawn_already_is_unchanged() -> None:
    said = model(listed(), announced(retired="2025-04-15"), announced("2024-07-01", retired=no_date()))
    assert not decide(said, transcribe(retired=no_date()), at(NOW)).events


# --- Split by scope ---------------------------------------------------------------------------------------------------


def test_a_first_row_about_part_of_what_its_source_spoke_of_is_a_split() -> None:
    found = decide(model(listed(), announced(retired="2025-04-15")), transcribe(retired="2025-05-15", scope=V1), at(NOW))
    split, moved = found.changes
    assert (split.code, split.before, split.after) == (Code.SPLIT_BY_SCOPE, "all", "version=1")
    assert (moved.code, moved.days) == (Code.MOVED_LATER, 30)


@pytest.mark.parametrize("said", [announced(retired="2025-04-15", by="mail"), announced(retired="2025-04-15", scope=V2)])
def test_another_source_or_another_part_is_not_split(said: RetirementAnnounced) -> None:
    assert codes(decide(model(listed(), said), transcribe(retired="2025-05-15", scope=V1), at(NOW))) == [Code.NEW]


def test_a_split_that_is_dropped_is_withdrawn_by_the_provider_from_that_day_on() -> None:
    said = model(
        listed(),
        announced("2024-06-01", retired="2025-04-15", scope=V1),
        announced("2024-07-01", retired="2025-05-15", scope=V1),
        announced("2024-07-01", retired="2025-05-15", scope=V2),
        announced("2024-07-01", retired="2025-05-15"),
        announced("2024-07-01", retired="2025-05-15", scope=V1, by="mail"),
    )
    dropped = drop_split(said, dropping(V1), at(NOW))
    assert [event.claim for event in dropped] == [2, 3]
    assert {(event.by, event.announced_at) for event in dropped} == {(WithdrawnBy.PROVIDER, at("2024-12-03"))}
    assert all("version=1" in event.reason for event in dropped)


def test_a_split_is_dropped_once_and_not_in_the_future() -> None:
    said = (listed(), announced(retired="2025-04-15", scope=V1))
    assert not drop_split(model(*said, withdrawn(2)), dropping(V1), at(NOW))
    with pytest.raises(refusals.AnnouncedInFuture):
        drop_split(model(*said), dropping(V1, announced_at="2025-02-02"), at(NOW))
    assert drop_split(model(*said), dropping(V1, announced_at="2025-02-02"), at("2025-02-02"))


# --- Disputed rows ----------------------------------------------------------------------------------------------------

DISPUTED = (
    listed(),
    announced("2024-11-22", retired="2025-04-15", document="d1"),
    announced("2024-11-22", retired="2025-05-15", document="d1"),
)


@pytest.mark.parametrize("date", ["2025-04-15", "2025-05-15"])
def test_each_of_two_rows_that_disagree_is_unchanged_and_disputed(date: str) -> None:
    found = decide(model(*DISPUTED), transcribe(retired=date), at(NOW))
    assert (list(found.events), found.disputed) == ([], True)


def test_the_row_that_remains_is_stated_again() -> None:
    found = decide(model(*DISPUTED), transcribe(retired="2025-05-15", document="d2", announced_at="2024-12-03", again=True), at(NOW))
    assert ([type(event) for event in found.events], codes(found)) == ([RetirementAnnounced], [Code.STATED_AGAIN])


def test_rows_of_two_days_or_documents_are_not_disputed() -> None:
    said = (
        listed(),
        announced("2024-11-21", retired="2025-04-15", document="d1"),
        announced("2024-11-22", retired="2025-05-15", document="d1"),
    )
    assert not decide(model(*said), transcribe(retired="2025-05-15"), at(NOW)).disputed
    assert codes(decide(model(*said), transcribe(retired="2025-04-15"), at(NOW))) == [Code.MOVED_EARLIER]


# --- Misread rows -----------------------------------------------------------------------------------------------------


def test_a_row_that_was_misread_is_not_read_in_again_from_the_same_document() -> None:
    said = (listed(), announced(retired="2025-04-15", document="d1"), misread(2))
    assert not decide(model(*said), transcribe(retired="2025-04-15", document="d1"), at(NOW)).events
    assert decide(model(*said), transcribe(retired="2025-04-15", document="d2"), at(NOW)).events
    assert decide(model(*said), transcribe(retired="2025-04-15", document=None), at(NOW)).events
    assert decide(model(*said), transcribe(retired="2025-04-14", document="d1"), at(NOW)).events
    assert decide(model(*said), transcribe(retired="2025-04-15", document="d1", scope=V1), at(NOW)).events
    assert decide(model(*said), transcribe(retired="2025-04-15", document="d1", by="mail"), at(NOW)).events


def test_what_the_provider_withdrew_or_the_recorder_restored_was_not_misread() -> None:
    row = announced(retired="2025-04-15", document="d1")
    assert decide(model(listed(), row, withdrawn(2)), transcribe(retired="2025-04-15"), at(NOW)).events
    restored = decide(model(listed(), row, misread(2), misread(3)), transcribe(retired="2025-04-15"), at(NOW))
    assert (list(restored.events), list(restored.changes)) == ([], [])


# --- Names that meet --------------------------------------------------------------------------------------------------


def test_two_names_that_meet_in_one_key_are_refused_until_an_alias_is_given() -> None:
    said = model(listed(name="Mistral large"))
    with pytest.raises(refusals.NamesMeet) as refused:
        decide(said, transcribe(name="Mistral-Large", label=RETIRED), at(NOW))
    assert (refused.value.name, refused.value.key, refused.value.other) == ("Mistral-Large", KEY, "Mistral large")
    assert decide(said, transcribe(name="Mistral-Large", label=RETIRED, aliased=True), at(NOW)).events


@pytest.mark.parametrize("name", ["Mistral large", "MISTRAL  LARGE", "Mistral-Large"])
def test_every_name_under_which_it_was_listed_is_its_own(name: str) -> None:
    said = model(listed(name="Mistral large"), listed(name="Mistral-Large", scope=V1))
    assert decide(said, transcribe(name=name, label=RETIRED), at(NOW)).events


def test_a_name_that_was_misread_is_nobodys() -> None:
    said = model(listed(name="Mistral_large"), misread(1))
    listing = decide(said, transcribe(name="Mistral-large", label=RETIRED), at(NOW)).events[0]
    assert isinstance(listing, ModelListed)
    assert (listing.name, listing.scope) == ("Mistral-large", Scope())
    with pytest.raises(refusals.NamesMeet):
        decide(model(listed(name="Mistral_large"), withdrawn(1)), transcribe(name="Mistral-large", label=RETIRED), at(NOW))
