"""Stages in a running sentence."""

from api.pages.shown import WORDS
from domain.stages import Stage

_ENTERS = {
    Stage.PREVIEW: "goes to preview",
    Stage.GENERALLY_AVAILABLE: "becomes generally available",
    Stage.LEGACY: "becomes legacy",
    Stage.DEPRECATED: "becomes deprecated",
    Stage.RETIRED: "retires",
}
_ENTRIES = {Stage.LEGACY: "legacy", Stage.DEPRECATED: "deprecation", Stage.RETIRED: "retirement"}


def stage_words(stage: Stage) -> str:
    """Write a stage within a sentence: `generally available`."""
    return WORDS[stage].lower()


def enters_words(stage: Stage) -> str:
    """Write that a model enters a stage: `becomes deprecated`."""
    return _ENTERS[stage]


def entry_words(stage: Stage) -> str:
    """Name the entry into a stage: `deprecation`, `retirement`."""
    return _ENTRIES.get(stage, stage_words(stage))
