"""Finding a model by what somebody typed: in full, in part, or with a mistake."""

from collections.abc import Sequence
from difflib import get_close_matches

from domain.names import slug
from domain.refusals import NoSuchModel, SeveralModels
from domain.subjects import SubjectKey

NEAREST_MAX = 3
CANDIDATES_MAX = 20


def nearest_names(text: str, models: Sequence[SubjectKey]) -> Sequence[str]:
    """Return the keys that look most like a text, at most three."""
    wanted = slug(text.rpartition("/")[2])[:200]
    by_model: dict[str, list[str]] = {}
    for key in models:
        by_model.setdefault(key.model, []).append(str(key))
    close = get_close_matches(wanted, by_model, n=NEAREST_MAX, cutoff=0.5)
    return [key for model in close for key in by_model[model]][:NEAREST_MAX]


def find_model(text: str, models: Sequence[SubjectKey]) -> SubjectKey:
    """Return the one model that a text names: its key, its name without the catalog, or a part that no other has.

    Raises:
        NoSuchModel: no model fits; the nearest names are given.
        SeveralModels: more than one fits; they are listed.
    """
    typed = text.strip()
    for fits in (_whole_key, _whole_name, _part):
        found = [key for key in models if fits(typed, key)]
        if len(found) == 1:
            return found[0]
        if found:
            raise SeveralModels(typed, [str(key) for key in found[:CANDIDATES_MAX]], more=max(0, len(found) - CANDIDATES_MAX))
    raise NoSuchModel(typed, nearest_names(typed, models))


def _whole_key(text: str, key: SubjectKey) -> bool:
    return str(key) == text.lower()


def _whole_name(text: str, key: SubjectKey) -> bool:
    return key.model == slug(text)


def _part(text: str, key: SubjectKey) -> bool:
    return bool(text) and (text.lower() in str(key) or (bool(slug(text)) and slug(text) in key.model and "/" not in text))
