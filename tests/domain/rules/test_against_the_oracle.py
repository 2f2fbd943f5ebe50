"""The rules, written twice: the timeline and the oracle agree at, just before and just after every boundary of all three clocks."""

import os
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import verify_answer as oracle
from domain.recorded import Recorded
from tests.histories import SCOPES, histories
from tests.second_opinion import as_oracle, comparable, oracle_entries, oracle_question, ours

TICK = timedelta(microseconds=1)
EXAMPLES = int(os.environ.get("ORACLE_EXAMPLES", "250"))


def around(instants: list[str]) -> list[datetime]:
    found = [datetime.fromisoformat(text) for text in instants]
    return [at + step for at in found for step in (-TICK, timedelta(0), TICK)]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories(), st.sampled_from(SCOPES), st.data())
def test_both_give_one_answer(entries: list[Recorded], scope: object, data: st.DataObject) -> None:
    told = oracle_entries(entries)
    bounds = oracle.boundaries(told)
    known_at = data.draw(st.sampled_from(around(bounds["known"])))
    position = data.draw(st.integers(0, len(entries)))
    timeline = ours(entries, scope, known_at, position)  # type: ignore[arg-type]
    for valid_at in around(bounds["valid"]) or [known_at]:
        expected = oracle.answer(told, oracle_question(scope, valid_at, known_at, position))  # type: ignore[arg-type]
        expected["findings"] = comparable(expected["findings"])
        assert as_oracle(timeline.at(valid_at)) == expected, (valid_at, known_at, position)
