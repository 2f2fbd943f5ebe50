"""The decisive one of several outcomes says alone what they come to."""

from itertools import product

import pytest

from domain.notices.events import Result
from domain.notices.run import Told, told_after
from projections.notices.told import OutcomeRow, State, decisive, standing

STATES = {Told.PENDING: State.PENDING, Told.ACCEPTED: State.ACCEPTED, Told.FAILED: State.FAILED}


def row(result: Result) -> OutcomeRow:
    return OutcomeRow(result.value, "2025-01-01T00:00:00.000000Z", "smtp", None, None, None)


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_the_decisive_one_comes_to_the_same_alone(length: int) -> None:
    for results in product(Result, repeat=length):
        told = 0
        for result in results:
            told = told_after(told, result)
        place, attempts = decisive([result.value for result in results])
        assert standing([row(results[place])]).state == STATES[Told(told)] == standing(map(row, results)).state, results
        assert attempts == sum(result is not Result.BOUNCED for result in results)


def test_nothing_is_known_of_one_who_was_not_tried() -> None:
    assert standing([]) == (State.PENDING, None, 0)
