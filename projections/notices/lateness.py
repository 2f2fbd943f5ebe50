"""Whether somebody was told in time."""

from enum import StrEnum


class Late(StrEnum):
    """What somebody was told of with fewer days than the policy asks for."""

    DEPRECATED = "deprecated"
    RETIRED = "retired"
    NEVER = "never"
    """Not told at all, as of the position."""


def late(accepted_at: str | None, leads: tuple[int | None, int | None], days_min: tuple[int, int]) -> tuple[Late, ...]:
    """Return of what somebody was told too late, given the days before deprecation and before retirement, and those that were due."""
    if accepted_at is None:
        return (Late.NEVER,)
    (deprecated, retired), (deprecated_min, retired_min) = leads, days_min
    if deprecated is not None and deprecated < deprecated_min:
        return (Late.DEPRECATED, Late.RETIRED) if retired is not None and retired < retired_min else (Late.DEPRECATED,)
    return (Late.RETIRED,) if retired is not None and retired < retired_min else ()
