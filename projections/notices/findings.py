"""What in a run needs a person."""

from enum import StrEnum
from typing import NamedTuple

from projections.notices.coverage import Coverage


class NoticeFinding(StrEnum):
    """What is found of a run."""

    OVERDUE = "notices_overdue"
    """It should be closed by now, or it is too late for somebody."""
    LATE = "notices_late"
    """Some were told with fewer days than the policy asks for."""
    INCOMPLETE = "notices_incomplete"
    """Some who had to be told are not: they are excluded, failed or pending; or it is not known yet who they are."""


class Found(NamedTuple):
    """A finding, and how many people it is about."""

    code: NoticeFinding
    members: int


def findings(of: Coverage, *, overdue: bool) -> list[Found]:
    """Return what is found of a run."""
    found = [
        (NoticeFinding.OVERDUE, overdue, of.run.pending),
        (NoticeFinding.LATE, of.late > 0, of.late),
        (NoticeFinding.INCOMPLETE, of.never > 0 or not of.run.complete, of.never),
    ]
    return [Found(code, members) for code, is_so, members in found if is_so]
