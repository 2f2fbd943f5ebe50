"""What was answered stays answered: answers depend on the question and on what was said by then, and on nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from domain.events import AnnouncementWithdrawn, PolicyAdopted, WithdrawnBy
from domain.recorded import Recorded
from domain.rules.answers import StageAnswer
from domain.rules.claims import is_claim
from domain.subjects import Scope
from tests.histories import SCOPES, histories, instants
from tests.second_opinion import ours
from tests.spec import without_first_known

SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
KNOWN = st.one_of(instants, st.just(datetime.fromisoformat("2026-01-01T00:00:00+00:00")))
TIMES = st.lists(instants, min_size=1, max_size=8)


def answers(entries: Sequence[Recorded], scope: Scope, known_at: datetime, position: int, times: Sequence[datetime]) -> list[StageAnswer]:
    timeline = ours(entries, scope, known_at, position)
    return [timeline.at(instant) for instant in times]


@SETTINGS
@given(histories(), st.sampled_from(SCOPES), KNOWN, TIMES, st.randoms(use_true_random=False))
def test_one_timeline_gives_the_same_answers_in_any_order_however_often_it_is_asked(
    entries: list[Recorded], scope: Scope, known_at: datetime, times: list[datetime], random: Random
) -> None:
    timeline = ours(entries, scope, known_at, len(entries))
    first = {instant: timeline.at(instant) for instant in times}
    shuffled = [*times, *times]
    random.shuffle(shuffled)
    assert all(timeline.at(instant) == first[instant] for instant in shuffled)
    assert all(ours(entries, scope, known_at, len(entries)).at(instant) == first[instant] for instant in times)


@SETTINGS
@given(histories(), st.sampled_from(SCOPES), KNOWN, TIMES, st.data())
def test_an_answer_at_a_position_is_that_of_a_ledger_that_ends_there(
    entries: list[Recorded], scope: Scope, known_at: datetime, times: list[datetime], data: st.DataObject
) -> None:
    position = data.draw(st.integers(0, len(entries)))
    assert answers(entries, scope, known_at, position, times) == answers(entries[:position], scope, known_at, position, times)


@SETTINGS
@given(histories(), st.sampled_from(SCOPES), instants, TIMES)
def test_what_is_announced_after_the_point_of_knowledge_never_changes_an_answer(
    entries: list[Recorded], scope: Scope, known_at: datetime, times: list[datetime]
) -> None:
    """A recorder's withdrawal is about the recorded axis alone, so it is none of these; and `first_known_at` is about later."""
    assume(any(_public_later(entry, known_at) for entry in entries))
    assume(not any(_targets_one_of_these(entry, entries, known_at) for entry in entries))
    before = [entry for entry in entries if not _public_later(entry, known_at)]
    head = len(entries)
    with_them, without = answers(entries, scope, known_at, head, times), answers(before, scope, known_at, head, times)
    assert list(map(without_first_known, with_them)) == list(map(without_first_known, without))


def _public_later(entry: Recorded, known_at: datetime) -> bool:
    event = entry.event
    if isinstance(event, AnnouncementWithdrawn):
        return event.by is WithdrawnBy.PROVIDER and event.announced_at > known_at
    return (is_claim(event) or isinstance(event, PolicyAdopted)) and event.announced_at > known_at


def _targets_one_of_these(entry: Recorded, entries: Sequence[Recorded], known_at: datetime) -> bool:
    event = entry.event
    return isinstance(event, AnnouncementWithdrawn) and any(e.position == event.claim and _public_later(e, known_at) for e in entries)


@SETTINGS
@given(histories(), st.sampled_from(SCOPES), KNOWN, TIMES)
def test_the_instant_of_recording_changes_nothing_but_what_is_backdated(
    entries: list[Recorded], scope: Scope, known_at: datetime, times: list[datetime]
) -> None:
    later = [replace(entry, recorded_at=entry.recorded_at + timedelta(days=4000)) for entry in entries]
    for one, other in zip(
        answers(entries, scope, known_at, len(entries), times), answers(later, scope, known_at, len(later), times), strict=True
    ):
        assert (one.stage, one.since, one.until, one.next, one.basis) == (other.stage, other.since, other.until, other.next, other.basis)
        assert one.finding_codes() - {"backdated"} == other.finding_codes() - {"backdated"}


@SETTINGS
@given(histories(), st.sampled_from(SCOPES), KNOWN, TIMES)
def test_since_and_until_are_the_ends_of_a_stretch_of_one_stage(
    entries: list[Recorded], scope: Scope, known_at: datetime, times: list[datetime]
) -> None:
    timeline = ours(entries, scope, known_at, len(entries))
    for answer in map(timeline.at, times):
        if answer.stage is None:
            continue
        if answer.since is not None:
            assert timeline.at(answer.since).stage is answer.stage
            assert timeline.at(answer.since - timedelta(microseconds=1)).stage is not answer.stage
        if answer.until is not None:
            assert timeline.at(answer.until - timedelta(microseconds=1)).stage is answer.stage
            assert timeline.at(answer.until).stage is not answer.stage
