"""The index and the replay agree at, just before and just after every boundary of valid time and of knowledge, whatever is appended."""

import os
from collections.abc import Sequence
from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import verify_answer as oracle
from domain.events import Event
from domain.ledger import Ledger
from domain.rules.answers import Question, StageAnswer, Status
from domain.rules.questions import answer, timeline_of
from domain.stages import Stage
from domain.subjects import WHOLE, Scope
from projections.catalog import Snapshot
from projections.stage_index import StageIndex
from tests.ledgers import HandClock, ledger_in_memory
from tests.projections.stage_index.several_models import ASKED_SCOPES, KEYS, append, boundaries, logs
from tests.second_opinion import as_oracle, comparable, oracle_entries, oracle_question

EXAMPLES = int(os.environ.get("INDEX_EXAMPLES", "60"))
checked = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def stage_of(found: StageAnswer) -> Stage | Status:
    return found.stage or found.status


def agree(ledger: Ledger, index: StageIndex, scope: Scope, valid: Sequence[datetime], known_at: datetime) -> None:
    for key in KEYS:
        model = index.entry(key)
        for valid_at in valid:
            question = Question(key, scope, valid_at, known_at, index.position, index.recorded_at)
            expected = answer(ledger.histories(index.position), question)
            assert index.answer(question) == expected, question
            assert index.stage(key, scope, valid_at, known_at) == (stage_of(expected) if model else None)
            segment = index.segment(key, scope, valid_at, known_at)
            if segment is None:
                assert model is None
            else:
                alone = timeline_of(ledger.histories(index.position), question)
                assert (segment.answer, segment.narrower) == (alone.at(valid_at), alone.narrower)


@checked
@given(logs(), st.sampled_from(ASKED_SCOPES), st.data())
def test_every_answer_is_the_one_that_the_replay_gives(events: list[Event], scope: Scope, data: st.DataObject) -> None:
    with ledger_in_memory(HandClock()) as ledger:
        append(ledger, *events)
        index = StageIndex(ledger.store, load_min=data.draw(st.sampled_from([0, 1000])))
        assert index.refresh()
        valid, known = boundaries(ledger)
        for known_at in data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=4, unique=True)):
            agree(ledger, index, scope, valid, known_at)


@checked
@given(logs(), st.data())
def test_it_stays_right_while_the_log_grows(events: list[Event], data: st.DataObject) -> None:
    with ledger_in_memory(HandClock()) as ledger:
        index = StageIndex(ledger.store, segments_max=data.draw(st.sampled_from([1, 5, 1000])))
        while events:
            length = data.draw(st.integers(1, len(events)))
            append(ledger, *events[:length])
            events = events[length:]
            if data.draw(st.booleans()):
                assert index.refresh()
            if data.draw(st.booleans()):
                index.warm(0)
            valid, known = boundaries(ledger)
            few = data.draw(st.lists(st.sampled_from(valid or known), min_size=1, max_size=4))
            agree(ledger, index, data.draw(st.sampled_from(ASKED_SCOPES)), few, data.draw(st.sampled_from(known)))


@checked
@given(logs(), st.sampled_from([None, "azure", "bedrock", "nowhere"]), st.data())
def test_the_catalog_tells_the_rows_of_a_snapshot(events: list[Event], catalog: str | None, data: st.DataObject) -> None:
    with ledger_in_memory(HandClock()) as ledger:
        append(ledger, *events)
        index = StageIndex(ledger.store)
        index.refresh()
        valid, known = boundaries(ledger)
        known_at = data.draw(st.sampled_from(known))
        histories = {entry.stream: ledger.store.history(entry.stream) for entry in ledger.store.log()}
        for valid_at in valid or known:
            snapshot = Snapshot(Question(KEYS[0], WHOLE, valid_at, known_at, index.position, index.recorded_at), histories)
            expected = [(row.key, row.scope, stage_of(row.answer)) for row in snapshot.rows(catalog)]
            assert list(index.catalog(valid_at, known_at, catalog)) == expected
        assert list(index.models(catalog)) == ledger.models(catalog)


@checked
@given(logs(), st.sampled_from(ASKED_SCOPES), st.data())
def test_the_oracle_says_the_same(events: list[Event], scope: Scope, data: st.DataObject) -> None:
    with ledger_in_memory(HandClock()) as ledger:
        append(ledger, *events)
        index = StageIndex(ledger.store)
        index.refresh()
        valid, known = boundaries(ledger)
        known_at, key = data.draw(st.sampled_from(known)), data.draw(st.sampled_from(KEYS))
        streams = (f"model:{key}", f"policy:{key.catalog}")
        told = oracle_entries([entry for entry in ledger.store.log() if entry.stream in streams])
        for valid_at in valid or known:
            expected = oracle.answer(told, oracle_question(scope, valid_at, known_at, index.position))
            expected["findings"] = comparable(expected["findings"])
            question = Question(key, scope, valid_at, known_at, index.position, index.recorded_at)
            assert as_oracle(index.answer(question)) == expected, question
