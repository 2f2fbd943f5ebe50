"""Replacements in a running sentence: where to move, and what is wrong with going there."""

from collections.abc import Iterable, Sequence

from api.pages.words.isolation import isolated
from domain.rules.answers import FindingCode, StageAnswer
from domain.stages import Stage
from domain.subjects import SubjectKey

NAMED_MAX = 5
"""Replacements that are named; of more, only how many others there are."""

_DOUBTS = {FindingCode.REPLACEMENT_RETIRED: "itself retired", FindingCode.REPLACEMENT_UNKNOWN: "of which nothing is known"}


def replacement_clause(key: SubjectKey, answer: StageAnswer, stage: Stage) -> Iterable[str]:
    """Tell what to move to; of a model whose life ends without a replacement, that none is named."""
    if not answer.replacements:
        if stage.rank >= Stage.LEGACY.rank:
            yield "no replacement is named"
        return
    named = either(_named(key, answer))
    yield f"move to {named}" if answer.next or stage.rank >= Stage.LEGACY.rank else f"{named} is named as its replacement"


def either(names: Sequence[str]) -> str:
    """Write a choice: `a`, `a or b`, `a, b or 4 others`."""
    if len(names) > NAMED_MAX:
        names = [*names[: NAMED_MAX - 1], f"{len(names) - NAMED_MAX + 1:,} others"]
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def short_name(key: SubjectKey, replacement: str) -> str:
    """Write a replacement as people of the same catalog say it: without the catalog."""
    return replacement.removeprefix(f"{key.catalog}/")


def _named(key: SubjectKey, answer: StageAnswer) -> Sequence[str]:
    doubts = {finding.details.get("replacement"): _DOUBTS[finding.code] for finding in answer.findings if finding.code in _DOUBTS}
    return [isolated(short_name(key, name)) + (f" ({doubts[name]})" if name in doubts else "") for name in answer.replacements]
