"""What the rules refuse, told beside the field that is to be changed."""

from api.access.errors import BeyondLimits
from api.pages.words.days import moment_words
from api.pages.words.stages import stage_words
from domain import refusals
from domain.errors import LedgerError

WHOLE_FORM = "legacy_kind"
"""Where somebody begins who has said nothing yet."""


def field_error(error: LedgerError) -> tuple[str, str] | None:
    """Return a field and what is wrong with it; none where the error is about no field."""
    match error:
        case refusals.NoSuchModel() | BeyondLimits():
            field, words = "model", error.sentence
        case refusals.AnnouncedInFuture():
            field, words = (
                "announced_at",
                f"It lies ahead: now it is {moment_words(error.now)}. Give the instant at which it was published.",
            )
        case refusals.NothingStated():
            field, words = WHOLE_FORM, "The announcement says nothing yet. Give at least one date, a label or replacements."
        case refusals.PlanOutOfOrder():
            late = f"from {moment_words(error.second_at)}, before it is {stage_words(error.first)} from {moment_words(error.first_at)}"
            order = "Put the dates in the order legacy, deprecated, retired."
            field, words = f"{error.second}_date", f"The model would be {stage_words(error.second)} {late}. {order}"
        case refusals.WindowTooShort():
            days = f"for {error.days:,} days; version {error.policy_version} of the catalog's policy asks for {error.required:,}"
            field = "on_policy_breach"
            words = f"The model would be {stage_words(error.stage)} {days}. Move the date, or choose to record the breach."
        case refusals.ReplacesItself():
            field, words = "replacements", error.sentence
        case _:
            return None
    return field, words
