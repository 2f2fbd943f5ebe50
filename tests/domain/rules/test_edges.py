"""Edges: an answer is the same from each up to the next, whole as it is."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import verify_answer as oracle
from domain.recorded import Recorded
from domain.rules.timeline import Timeline
from domain.subjects import WHOLE, Scope
from tests.histories import FIRST_RECORDED, SCOPES, histories
from tests.second_opinion import oracle_entries, ours

TICK = timedelta(microseconds=1)
FIRST = datetime.min.replace(tzinfo=UTC)


def around(instants: list[str]) -> list[datetime]:
    return [datetime.fromisoformat(text) + step for text in instants for step in (-TICK, timedelta(0), TICK)]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories(), st.sampled_from(SCOPES), st.data())
def test_an_answer_is_the_one_of_the_last_edge_before_it(entries: list[Recorded], scope: Scope, data: st.DataObject) -> None:
    bounds = oracle.boundaries(oracle_entries(entries))
    timeline = ours(entries, scope, data.draw(st.sampled_from(around(bounds["known"]))), len(entries))
    for valid_at in around(bounds["valid"]):
        found = timeline.at(valid_at)
        assert found == timeline.at(max((edge for edge in timeline.edges if edge <= valid_at), default=FIRST)), valid_at
        assert timeline.status_at(valid_at) == (found.stage or found.status)


def test_nothing_known_has_no_edges() -> None:
    timeline = Timeline((), (), WHOLE, FIRST_RECORDED)
    assert (timeline.edges, timeline.narrower, timeline.known) == ((), (), False)
