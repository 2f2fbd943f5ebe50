"""What is known of each recipient after any outcomes: everybody is counted once, and whoever was told stays told unless it bounces."""

from collections.abc import Sequence
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events import Event
from domain.notices import decisions
from domain.notices.commands import Acknowledge, RecordAudience
from domain.notices.events import DeliveriesRecorded, NotificationRunClosed, Outcome, RecipientAcknowledged, Result
from domain.notices.folded import FoldedRuns
from domain.notices.run import Run, Told, evolve, fold, told_after
from domain.recorded import Recorded
from tests.domain.directory.said import recorded
from tests.domain.notices.site import RUN, audience, deliveries, outcome, run_opened
from tests.ledgers import NOW
from tests.spec import KEY, TICK, at

RECIPIENTS = 4
SETTINGS = settings(deadline=None, max_examples=100)
results = st.sampled_from(list(Result))
outcomes = st.builds(outcome, st.integers(1, RECIPIENTS), results)
chunks = st.lists(st.lists(outcomes, min_size=1, max_size=6), max_size=6)


def entries(events: Sequence[Event]) -> tuple[Recorded, ...]:
    return recorded(events, f"notice:{KEY}:{RUN}")


def standing(*commands: RecordAudience, run: int = RUN) -> list[Event]:
    """The events of a run whose audience is recorded so far."""
    events: list[Event] = [run_opened(run)]
    for command in commands:
        events.append(decisions.record_audience(fold(run, entries(events)), command))
    return events


def after(events: list[Event], said: Sequence[Sequence[Outcome]]) -> list[Event]:
    """The events of a run with outcomes, each chunk decided on what was there."""
    for chunk in said:
        events.append(decisions.record_deliveries(fold(RUN, entries(events)), deliveries(*chunk), at(NOW)))
    return events


def plain(said: Sequence[Outcome], recipients: int = RECIPIENTS) -> dict[int, str]:
    """Count again, from the meaning of each result."""
    known = dict.fromkeys(range(1, recipients + 1), "pending")
    for recipient, result, *_ in said:
        if result is Result.ACCEPTED:
            known[recipient] = "accepted"
        elif result is Result.BOUNCED or (result.value in {"permanent", "suppressed", "given_up"} and known[recipient] != "accepted"):
            known[recipient] = "failed"
    return known


@SETTINGS
@given(chunks, st.integers(0, 3))
def test_everybody_is_counted_once_whatever_the_outcomes(said: list[list[Outcome]], excluded: int) -> None:
    events = after(standing(audience(RECIPIENTS, excluded)), said)
    run = fold(RUN, entries(events))
    assert run.accepted + run.failed + len(run.pending()) == run.recipients == RECIPIENTS
    assert (run.expected, run.excluded) == (RECIPIENTS + excluded, excluded)
    known = plain([one for chunk in said for one in chunk])
    assert [number for number, state in known.items() if state == "pending"] == list(run.pending())
    assert [Told(told).name.lower() for told in run.told] == list(known.values())


@SETTINGS
@given(chunks)
def test_each_chunk_holds_the_counts_as_they_are_with_it(said: list[list[Outcome]]) -> None:
    events = after(standing(audience(RECIPIENTS)), said)[2:]
    so_far: list[Outcome] = []
    for event, chunk in zip(events, said, strict=True):
        so_far += chunk
        known = list(plain(so_far).values())
        assert isinstance(event, DeliveriesRecorded)
        assert (event.accepted, event.failed) == (known.count("accepted"), known.count("failed"))


@SETTINGS
@given(chunks)
def test_how_outcomes_are_cut_into_chunks_changes_nothing(said: list[list[Outcome]]) -> None:
    whole = [[one for chunk in said for one in chunk]] if any(said) else []
    cut, at_once = (fold(RUN, entries(after(standing(audience(RECIPIENTS)), way))) for way in (said, whole))
    assert (cut.told, cut.attempts) == (at_once.told, at_once.attempts)


@pytest.mark.parametrize("result", list(Result))
def test_who_was_told_stays_told_unless_it_bounces(result: Result) -> None:
    assert told_after(Told.ACCEPTED, result) == (Told.FAILED if result is Result.BOUNCED else Told.ACCEPTED)


@pytest.mark.parametrize(
    ("results", "told"),
    [
        ([Result.TRANSIENT], Told.PENDING),
        ([Result.UNKNOWN], Told.PENDING),
        ([Result.PERMANENT], Told.FAILED),
        ([Result.SUPPRESSED], Told.FAILED),
        ([Result.GIVEN_UP], Told.FAILED),
        ([Result.BOUNCED], Told.FAILED),
        ([Result.TRANSIENT, Result.ACCEPTED], Told.ACCEPTED),
        ([Result.UNKNOWN, Result.PERMANENT], Told.FAILED),
        ([Result.PERMANENT, Result.TRANSIENT], Told.FAILED),
        ([Result.GIVEN_UP, Result.ACCEPTED], Told.ACCEPTED),
        ([Result.ACCEPTED, Result.BOUNCED, Result.ACCEPTED], Told.ACCEPTED),
        ([Result.ACCEPTED, Result.BOUNCED, Result.UNKNOWN], Told.FAILED),
    ],
)
def test_what_is_known_after_a_row_of_results(results: list[Result], told: Told) -> None:
    assert reduce(told_after, results, int(Told.PENDING)) == told


def test_a_duplicate_is_on_record_and_counts_once() -> None:
    twice = [outcome(1, Result.UNKNOWN), outcome(1, Result.ACCEPTED), outcome(1, Result.ACCEPTED)]
    events = after(standing(audience(2)), [twice])
    run = fold(RUN, entries(events))
    assert isinstance(events[-1], DeliveriesRecorded)
    assert events[-1].outcomes == tuple(twice)
    assert (run.accepted, run.failed, run.pending(), list(run.attempts)) == (1, 0, [2], [3, 0])


def test_attempts_are_counted_up_to_what_a_byte_holds_and_a_bounce_is_none() -> None:
    many = [outcome(1, Result.TRANSIENT)] * 300 + [outcome(2, Result.ACCEPTED), outcome(2, Result.BOUNCED)]
    assert list(fold(RUN, entries(after(standing(audience(2)), [many]))).attempts) == [255, 1]


# --- A run is what its history has made it ----------------------------------------------------------------------------


def acknowledged(recipient: int) -> RecipientAcknowledged:
    return RecipientAcknowledged(acknowledged_at=at(NOW), recipient=recipient, run=RUN)


@st.composite
def run_histories(draw: st.DrawFn) -> tuple[Recorded, ...]:
    events = standing(audience(RECIPIENTS, draw(st.integers(0, 2)), complete=False), audience(0, chunk=2))
    after(events, draw(chunks))
    events += map(acknowledged, draw(st.lists(st.integers(1, RECIPIENTS), max_size=2)))
    if draw(st.booleans()):
        everybody = [outcome(number, Result.ACCEPTED) for number in range(1, RECIPIENTS + 1)]
        closed = decisions.close_run(fold(RUN, entries(after(events, [everybody]))), at(NOW))
        assert closed is not None
        events.append(closed)
    return entries(events)


@SETTINGS
@given(run_histories(), st.integers(0, 20))
def test_folding_in_pieces_gives_what_folding_at_once_gives(history: tuple[Recorded, ...], cut: int) -> None:
    assert reduce(evolve, history[cut:], fold(RUN, history[:cut])) == fold(RUN, history)


@SETTINGS
@given(run_histories(), st.lists(st.integers(0, 20), max_size=6))
def test_what_is_remembered_of_a_run_is_what_folding_gives(history: tuple[Recorded, ...], lengths: list[int]) -> None:
    """Shorter histories come too: those of a transaction that was rolled back, or of a reader that is behind."""
    folded = FoldedRuns()
    for length in lengths:
        assert folded.of(RUN, history[:length]) == fold(RUN, history[:length])


def test_a_run_of_the_same_name_in_another_ledger_is_another_run() -> None:
    folded = FoldedRuns()
    mine, theirs = entries(standing(audience(3))), entries(standing(audience(1, 2)))
    assert [folded.of(RUN, history).recipients for history in (mine, theirs, mine)] == [3, 1, 3]


def test_an_entry_that_took_the_place_of_one_that_was_rolled_back_counts() -> None:
    folded = FoldedRuns()
    audience_stands = standing(audience(2))
    lost, kept = (after([*audience_stands], [[outcome(1, result)]]) for result in (Result.ACCEPTED, Result.PERMANENT))
    history = entries(audience_stands)
    folded.of(RUN, (*history, entries(lost)[-1]))
    assert folded.of(RUN, (*history, entries(kept)[-1])).failed == 1


def test_only_the_runs_folded_last_are_remembered() -> None:
    folded = FoldedRuns(runs_max=2)
    for run in (11, 12, 11, 13):
        history = recorded(standing(audience(run, run=run), run=run), f"notice:{KEY}:{run}")
        assert folded.of(run, history).recipients == run
    assert list(folded._runs) == [f"notice:{KEY}:11", f"notice:{KEY}:13"]


def test_of_no_history_nothing_is_known() -> None:
    assert fold(RUN, ()) == FoldedRuns().of(RUN, ()) == Run(RUN)


@SETTINGS
@given(run_histories())
def test_a_run_is_closed_by_its_last_word(history: tuple[Recorded, ...]) -> None:
    run = fold(RUN, history)
    last = history[-1].event
    assert run.closed == (last if isinstance(last, NotificationRunClosed) else None)
    assert run.version == len(history)


def test_who_has_read_it_is_kept() -> None:
    events = [*standing(audience(3)), acknowledged(2)]
    run = fold(RUN, entries(events))
    assert run.acknowledged == {2}
    assert decisions.acknowledge(run, Acknowledge(key=KEY, run=RUN, recipient=2), at(NOW) + TICK) is None
