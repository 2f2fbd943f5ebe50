"""Explanations: every entry, whether it counts, what it decides, and by which rule."""

from domain.dates import not_before
from domain.events import Basis, Event
from domain.rules.answers import Question
from domain.rules.explanation import ExplainedClaim, Standing, explain
from domain.rules.timeline import Timeline
from domain.stages import Stage
from domain.subjects import Scope
from tests.spec import KEY, LATER, Later, announced, at, entered, entries_of, just_before, listed, misread, withdrawn

GA, LEGACY, DEPRECATED, RETIRED = Stage.GENERALLY_AVAILABLE, Stage.LEGACY, Stage.DEPRECATED, Stage.RETIRED
V1, V2 = {"version": "1"}, {"version": "2"}


def explained(
    *said: Event | Later, valid_at: str = LATER, known_at: str = LATER, scope: dict[str, str] | None = None
) -> list[ExplainedClaim]:
    history = entries_of(*said)
    part = Scope.of(scope or {})
    question = Question(KEY, part, at(valid_at), at(known_at), len(history), history[-1].recorded_at)
    told = explain(history, Timeline(history, (), part, at(known_at)), question)
    assert [claim.entry for claim in told] == list(history)
    return list(told)


def standings(told: list[ExplainedClaim]) -> list[Standing]:
    return [claim.standing for claim in told]


def decides(told: list[ExplainedClaim]) -> list[list[str]]:
    return [list(claim.decides) for claim in told]


def test_each_claim_is_told_with_what_it_decides() -> None:
    told = explained(
        listed(),
        announced(legacy="2024-07-01", replacements=["azure/b"]),
        announced("2024-06-02", legacy="2024-07-01", retired="2024-09-01"),
    )
    assert decides(told) == [["listing"], ["replacements"], ["legacy", "retired", "stage"]]
    assert "its date for retired has passed" in told[2].why
    assert "states these last" in told[1].why


def test_a_claim_that_others_overtook_decides_nothing() -> None:
    told = explained(listed(), announced(retired="2024-07-01"), announced("2024-06-02", retired="2024-08-01"))
    assert (told[1].standing, list(told[1].decides)) == (Standing.COUNTS, [])
    assert "later or more specific claims" in told[1].why


def test_a_fact_decides_the_stage() -> None:
    label = explained(listed(), announced(label=LEGACY))
    assert decides(label) == [["listing"], ["stage"]]
    assert "its label is the latest fact" in label[1].why
    transition = explained(listed(), entered(LEGACY, "2024-07-01"))
    assert decides(transition) == [["listing"], ["stage"]]
    assert "its transition is the latest fact" in transition[1].why


def test_the_listing_decides_where_nothing_else_does() -> None:
    told = explained(listed(), announced(retired=not_before("2024-07-01")))
    assert decides(told) == [["listing", "stage"], ["retired"]]
    assert "the listed stage holds" in told[0].why


def test_before_the_listing_no_claim_decides_a_stage() -> None:
    told = explained(listed(since="2025-01-01"), announced(retired="2024-07-01"), valid_at="2024-08-01")
    assert decides(told) == [["listing"], ["retired"]]


def test_an_ignored_label_is_told_with_the_rule() -> None:
    own = explained(listed(), announced(legacy="2024-05-01", label=GA))
    assert "the dates of its own source contradict it" in own[1].why
    other = explained(listed(), announced(deprecated="2024-05-01", by="mail"), announced(label=LEGACY))
    assert "another source (mail)" in other[2].why


def test_what_is_about_another_or_a_narrower_scope_does_not_count() -> None:
    told = explained(listed(), announced(label=LEGACY, scope=V1), announced(label=LEGACY, scope={**V2, "region": "eu"}), scope=V2)
    assert standings(told) == [Standing.COUNTS, Standing.OTHER_SCOPE, Standing.NARROWER_SCOPE]
    assert "is about version=1" in told[1].why
    assert "ask with that scope" in told[2].why


def test_what_was_not_announced_by_then_does_not_count() -> None:
    said = listed(), announced("2024-06-01", label=LEGACY)
    assert standings(explained(*said, known_at=just_before("2024-06-01"))) == [Standing.COUNTS, Standing.NOT_YET_ANNOUNCED]
    assert standings(explained(*said, known_at="2024-06-01")) == [Standing.COUNTS, Standing.COUNTS]


def test_what_the_ledgers_clock_recorded_confirms() -> None:
    told = explained(listed(), announced(legacy="2024-07-01"), entered(LEGACY, "2024-07-01", basis=Basis.SCHEDULE))
    assert standings(told) == [Standing.COUNTS, Standing.COUNTS, Standing.CONFIRMS]


def test_a_withdrawn_claim_names_the_withdrawal_and_who_did_it() -> None:
    told = explained(listed(), announced(label=LEGACY), withdrawn(2))
    assert standings(told) == [Standing.COUNTS, Standing.WITHDRAWN, Standing.WITHDRAWAL]
    assert told[1].why == "was withdrawn by entry 3 by the provider"
    assert told[2].why == "takes claim 2 back (provider): it was wrong"


def test_only_the_withdrawal_in_effect_is_named() -> None:
    told = explained(listed(), announced(label=LEGACY), withdrawn(2), misread(3), misread(2))
    assert standings(told) == [Standing.COUNTS, Standing.WITHDRAWN, Standing.WITHDRAWN, Standing.WITHDRAWAL, Standing.WITHDRAWAL]
    assert told[1].why == "was withdrawn by entry 5 by the recorder"
    assert told[2].why == "was withdrawn by entry 4 by the recorder"


def test_a_providers_withdrawal_does_nothing_before_it_was_announced_and_a_recorders_always() -> None:
    told = explained(listed(), announced(label=LEGACY), withdrawn(2, "2024-09-01"), known_at="2024-08-31")
    assert standings(told) == [Standing.COUNTS, Standing.COUNTS, Standing.NOT_YET_ANNOUNCED]
    told = explained(listed(), announced(label=LEGACY), misread(2, "2024-09-01"), known_at="2024-08-31")
    assert standings(told) == [Standing.COUNTS, Standing.WITHDRAWN, Standing.WITHDRAWAL]
