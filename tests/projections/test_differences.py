"""What changed between two points of knowledge."""

from domain.changes import ChangeCode
from domain.ledger import Asked, Ledger
from domain.stages import Stage
from domain.subjects import SubjectKey
from projections.catalog import snapshot
from projections.differences import Difference, differences
from tests.ledgers import announce, list_model, withdraw
from tests.spec import KEY, at

Code = ChangeCode
LEGACY, RETIRED = Stage.LEGACY, Stage.RETIRED
V1 = {"version": "1"}


def changed(ledger: Ledger, first: str = "2024-12-01", second: str = "2025-02-01", valid_at: str = "2025-02-01") -> list[Difference]:
    asked = (Asked(valid_at=at(valid_at), known_at=at(known_at)) for known_at in (first, second))
    before, after = (snapshot(ledger, one).rows("azure") for one in asked)
    return list(differences(before, after))


def codes(found: list[Difference]) -> list[tuple[str, str, list[ChangeCode]]]:
    return [(one.key.model, str(one.scope), [change.code for change in one.changes]) for one in found]


def test_what_is_the_same_is_no_difference(ledger: Ledger) -> None:
    ledger.execute(list_model())
    ledger.execute(announce(retired="2025-04-15", announced_at="2024-11-22"))
    ledger.execute(announce(retired="2025-04-15", announced_at="2025-01-01", by="mail"))
    assert changed(ledger) == []


def test_a_model_that_was_not_known_is_new(ledger: Ledger) -> None:
    ledger.execute(list_model(announced_at="2025-01-01"))
    (found,) = changed(ledger)
    assert (codes([found]), found.before) == ([("mistral-large", "", [Code.NEW])], None)


def test_a_model_whose_every_claim_was_withdrawn_is_no_longer_known(ledger: Ledger) -> None:
    ledger.execute(list_model(announced_at="2024-11-22"))
    ledger.execute(withdraw(1, announced_at="2025-01-01"))
    (found,) = changed(ledger)
    assert (codes([found]), found.after) == ([("mistral-large", "", [Code.NO_LONGER_KNOWN])], None)


def test_stage_dates_and_replacements_change(ledger: Ledger) -> None:
    ledger.execute(list_model())
    ledger.execute(announce(retired="2025-04-15", replacements=["azure/a"]))
    ledger.execute(announce(legacy="2025-01-15", retired="2025-05-15", replacements=["azure/b", "azure/c"], announced_at="2025-01-01"))
    (found,) = changed(ledger)
    assert [(change.code, change.before, change.after) for change in found.changes] == [
        (Code.STAGE_CHANGED, "generally_available", "legacy"),
        (Code.DATE_STATED, None, "2025-01-15"),
        (Code.MOVED_LATER, "2025-04-15", "2025-05-15"),
        (Code.REPLACEMENT_CHANGED, "azure/a", "azure/b, azure/c"),
    ]


def test_the_differences_are_those_of_one_time_in_the_world(ledger: Ledger) -> None:
    ledger.execute(list_model())
    ledger.execute(announce(label=LEGACY, announced_at="2025-01-01"))
    assert codes(changed(ledger, valid_at="2025-01-01")) == [("mistral-large", "", [Code.STAGE_CHANGED])]
    assert changed(ledger, valid_at="2024-12-31") == []


def test_models_and_scopes_come_in_order(ledger: Ledger) -> None:
    for name in ("b", "a"):
        ledger.execute(list_model(SubjectKey("azure", name), name=name, announced_at="2025-01-01"))
        ledger.execute(announce(SubjectKey("azure", name), label=LEGACY, scope=V1, announced_at="2025-01-01"))
    assert [(one.key.model, str(one.scope)) for one in changed(ledger)] == [("a", ""), ("a", "version=1"), ("b", ""), ("b", "version=1")]


def test_a_scope_that_was_not_told_apart_is_compared_with_what_held_for_it(ledger: Ledger) -> None:
    ledger.execute(list_model())
    ledger.execute(announce(retired="2025-04-15"))
    ledger.execute(announce(retired="2025-05-15", scope=V1, announced_at="2025-01-01"))
    assert codes(changed(ledger)) == [("mistral-large", "version=1", [Code.MOVED_LATER])]


def test_a_scope_that_is_told_apart_no_more_is_still_known(ledger: Ledger) -> None:
    ledger.execute(list_model())
    ledger.execute(announce(retired="2025-04-15"))
    ledger.execute(announce(retired="2025-05-15", scope=V1))
    ledger.execute(withdraw(3, announced_at="2025-01-01"))
    assert codes(changed(ledger)) == [("mistral-large", "version=1", [Code.MOVED_EARLIER])]


def test_a_model_that_is_not_listed_yet_stays_known_when_a_scope_is_told_apart(ledger: Ledger) -> None:
    ledger.execute(list_model(since="2026-01-01"))
    ledger.execute(announce(label=RETIRED, scope=V1, announced_at="2025-01-01"))
    assert changed(ledger) == []


def test_the_other_way_round_knowledge_goes_back(ledger: Ledger) -> None:
    ledger.execute(list_model(announced_at="2025-01-01"))
    assert codes(changed(ledger, "2025-02-01", "2024-12-01")) == [(KEY.model, "", [Code.NO_LONGER_KNOWN])]
