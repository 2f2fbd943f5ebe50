"""What the outcomes of a recipient come to, by the rule by which a run counts them: for one recipient, and as conditions in SQL."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, FromClause, Label, ScalarSelect, case, exists, literal_column, or_, select, tuple_

from domain.notices.events import Result
from domain.notices.run import Told, told_after
from projections.notices.asof import by
from projections.notices.tables import OUTCOMES
from projections.tables.columns import TEXT


class State(StrEnum):
    """What became of a member, as of a position."""

    ACCEPTED = "accepted"
    """Told: the server took the notice, and it did not come back."""
    PENDING = "pending"
    FAILED = "failed"
    EXCLUDED = "excluded"


class OutcomeRow(NamedTuple):
    """An attempt, or a report of one."""

    result: str
    at: str
    channel: str
    code: str | None
    reference: str | None
    reported_by: str | None


class Standing(NamedTuple):
    """What a recipient's outcomes come to."""

    state: State
    decisive: OutcomeRow | None
    """That from which the state stands; the last one while the recipient is pending."""
    attempts: int

    @property
    def accepted_at(self) -> str | None:
        """The first acceptance that stands."""
        return self.decisive.at if self.decisive and self.state is State.ACCEPTED else None


NOBODY = Standing(State.EXCLUDED, None, 0)
"""Of one who is excluded nothing comes."""

_STEPS = {(int(told), result.value): (int(told_after(told, result)), result is not Result.BOUNCED) for told in Told for result in Result}
"""What is known of a recipient after an outcome, and whether that was an attempt, by what was known before. 0 is pending."""
_STATES: Mapping[int, State] = {Told.PENDING: State.PENDING, Told.ACCEPTED: State.ACCEPTED, Told.FAILED: State.FAILED}
_ONCE = {result.value: (_STATES[_STEPS[0, result.value][0]], int(_STEPS[0, result.value][1])) for result in Result}
"""What a single outcome comes to, with the attempts that it counts for: most recipients have no second one."""
_FAILING = [result.value for result in Result if told_after(Told.PENDING, result) == Told.FAILED]


def decisive(results: Sequence[str]) -> tuple[int, int]:
    """Return which of a recipient's results is decisive, and the attempts; they are one or more, in the order in which they were recorded.

    The decisive one is that from which the state stands, and it comes to the same alone. While the recipient is pending it is the last.
    """
    told, place, attempts = 0, 0, 0
    for number, result in enumerate(results):
        after, tried = _STEPS[told, result]
        if after != told or not after:
            place = number
        told = after
        attempts += tried
    return place, attempts


def standing(outcomes: Iterable[OutcomeRow]) -> Standing:
    """Return what a recipient's outcomes come to, given in the order in which they were recorded."""
    known = list(outcomes)
    if not known:
        return Standing(State.PENDING, None, 0)
    place, attempts = decisive([outcome.result for outcome in known])
    state, _ = _ONCE[known[place].result]
    return Standing(state, known[place], attempts)


class Once(NamedTuple):
    """What a single outcome comes to, or none at all, as columns."""

    state: Label[str]
    accepted_at: Label[str | None]
    attempts: Label[int]


def once(result: ColumnElement[str], at: ColumnElement[str], member: ColumnElement[int]) -> Once:
    """Return what an outcome comes to where there is no other one."""
    untold = case((member < 0, _word(State.EXCLUDED)), else_=_word(State.PENDING))
    state = case(*((result == _word(of), _word(state)) for of, (state, _) in _ONCE.items()), else_=untold)
    accepting = [of for of, (state, _) in _ONCE.items() if state is State.ACCEPTED]
    tried = [of for of, (_, attempts) in _ONCE.items() if attempts]
    return Once(
        state.label("state"),
        case((or_(*(result == _word(of) for of in accepting)), at), else_=None).label("accepted_at"),
        case((or_(*(result == _word(of) for of in tried)), literal_column("1")), else_=literal_column("0")).label("attempts"),
    )


def _word(text: str) -> ColumnElement[str]:
    return literal_column(f"'{text}'", TEXT)


def accepted_at(run: ColumnElement[int], member: ColumnElement[int], *, as_of: bool) -> ScalarSelect[str]:
    """Return the instant of a recipient's first acceptance that stands: the first after which nothing came back."""
    accepted, bounced = OUTCOMES.alias(), OUTCOMES.alias()
    later = tuple_(bounced.c.position, bounced.c.ordinal) > tuple_(accepted.c.position, accepted.c.ordinal)
    came_back = exists().where(*_of(bounced, run, member, as_of=as_of), bounced.c.result == Result.BOUNCED.value, later)
    came_back = came_back.correlate_except(bounced)
    return (
        select(accepted.c.at)
        .where(*_of(accepted, run, member, as_of=as_of), accepted.c.result == Result.ACCEPTED.value, ~came_back)
        .order_by(accepted.c.position, accepted.c.ordinal)
        .limit(1)
        .correlate_except(accepted)
        .scalar_subquery()
    )


def in_state(state: State, run: ColumnElement[int], member: ColumnElement[int], *, as_of: bool) -> ColumnElement[bool]:
    """Tell the members that are in a state."""
    accepted = accepted_at(run, member, as_of=as_of).is_not(None)
    outcomes = OUTCOMES.alias()
    failing = (
        exists()
        .where(*_of(outcomes, run, member, as_of=as_of), or_(*(outcomes.c.result == result for result in _FAILING)))
        .correlate_except(outcomes)
    )
    match state:
        case State.EXCLUDED:
            return member < 0
        case State.ACCEPTED:
            return (member > 0) & accepted
        case State.FAILED:
            return (member > 0) & ~accepted & failing
        case State.PENDING:
            return (member > 0) & ~accepted & ~failing


def _of(outcomes: FromClause, run: ColumnElement[int], member: ColumnElement[int], *, as_of: bool) -> list[ColumnElement[bool]]:
    return [outcomes.c.run == run, outcomes.c.recipient == member, *by(outcomes, as_of=as_of)]
