"""Changes: how a row differs from its source's last word."""

import pytest

from domain.changes import Change, ChangeCode, changes_between, changes_between_plans
from domain.dates import AnyDate, firm, no_date, not_before
from domain.stages import Stage
from tests.spec import announced

Code = ChangeCode
RETIRED = Stage.RETIRED


@pytest.mark.parametrize(
    ("before", "after", "code", "texts", "days"),
    [
        (None, firm("2025-04-15"), Code.DATE_STATED, (None, "2025-04-15"), None),
        (no_date(), firm("2025-04-15"), Code.DATE_STATED, ("withdrawn", "2025-04-15"), None),
        (no_date(), not_before("2025-04"), Code.DATE_STATED, ("withdrawn", "not before 2025-04"), None),
        (firm("2025-04-15"), firm("2025-05-15"), Code.MOVED_LATER, ("2025-04-15", "2025-05-15"), 30),
        (firm("2025-04-15"), firm("2025-04-01"), Code.MOVED_EARLIER, ("2025-04-15", "2025-04-01"), -14),
        (firm("2025-04-15"), firm("2025-04"), Code.MOVED_LATER, ("2025-04-15", "2025-04"), 16),
        (firm("2025-04"), firm("2025-05-01"), Code.DATE_STATED, ("2025-04", "2025-05-01"), 0),
        (not_before("2025-04-01"), not_before("2025-04"), Code.DATE_STATED, ("not before 2025-04-01", "not before 2025-04"), 0),
        (not_before("2025-04-15"), not_before("2025-05"), Code.MOVED_LATER, ("not before 2025-04-15", "not before 2025-05"), 16),
        (not_before("2025-05"), not_before("2025-04-30"), Code.MOVED_EARLIER, ("not before 2025-05", "not before 2025-04-30"), -1),
        (not_before("2025-04-15"), firm("2025-04-15"), Code.FLOOR_BECAME_FIRM, ("not before 2025-04-15", "2025-04-15"), 0),
        (firm("2025-04-15"), not_before("2025-06-15"), Code.FIRM_BECAME_FLOOR, ("2025-04-15", "not before 2025-06-15"), 61),
        (firm("2025-04-15"), no_date(), Code.DATE_WITHDRAWN, ("2025-04-15", "withdrawn"), None),
        (None, no_date(), Code.DATE_WITHDRAWN, (None, "withdrawn"), None),
        (firm("2025-04-15"), None, Code.DATE_NOT_STATED, ("2025-04-15", None), None),
        (no_date(), None, Code.DATE_NOT_STATED, ("withdrawn", None), None),
    ],
)
def test_a_date_changes(
    before: AnyDate | None, after: AnyDate | None, code: ChangeCode, texts: tuple[str | None, str | None], days: int | None
) -> None:
    change = Change(code=code, stage=RETIRED, before=texts[0], after=texts[1], days=days)
    assert list(changes_between(announced(retired=before), announced(retired=after))) == [change]
    plans = ({} if date is None else {RETIRED: date} for date in (before, after))
    assert list(changes_between_plans(*plans)) == [change]


@pytest.mark.parametrize("date", [None, firm("2025-04-15"), not_before("2025-04"), no_date()])
def test_the_same_date_is_no_change_however_it_was_published(date: AnyDate | None) -> None:
    published = None if date is None else date.model_copy(update={"raw": "as published"})
    assert not list(changes_between(announced(retired=date), announced(retired=published)))


def test_label_replacements_and_notes_change_with_both_sides_told() -> None:
    before = announced(label=Stage.LEGACY, replacements=["azure/a", "azure/b"], notes="old")
    after = announced(label=Stage.DEPRECATED, replacements=["azure/b", "azure/a"], notes=None)
    assert list(changes_between(before, after)) == [
        Change(code=Code.LABEL_CHANGED, before="legacy", after="deprecated"),
        Change(code=Code.REPLACEMENT_CHANGED, before="azure/a, azure/b", after="azure/b, azure/a"),
        Change(code=Code.NOTES_CHANGED, before="old", after=None),
    ]


def test_to_name_no_replacement_any_more_is_a_change_and_not_the_same_as_to_say_nothing() -> None:
    told = [
        list(changes_between(announced(replacements=before), announced(replacements=after)))
        for before, after in ((["azure/a"], []), (None, []))
    ]
    assert told == [
        [Change(code=Code.REPLACEMENT_CHANGED, before="azure/a", after="")],
        [Change(code=Code.REPLACEMENT_CHANGED, before=None, after="")],
    ]


def test_changes_are_told_stage_by_stage() -> None:
    told = changes_between(announced(legacy="2025-01-01"), announced(legacy="2025-01-02", deprecated="2025-02-01", retired="2025-03-01"))
    assert [(change.stage, change.code) for change in told] == [
        (Stage.LEGACY, Code.MOVED_LATER),
        (Stage.DEPRECATED, Code.DATE_STATED),
        (Stage.RETIRED, Code.DATE_STATED),
    ]
