"""Cells that hold names: models, versions, replacements, labels. Each reads the plain text of a cell."""

import re
from functools import lru_cache

from api.importers.readers.deployment_types import deployment_types
from api.importers.readers.markup import without_footnote
from api.importers.readers.reading import Replacement
from domain.errors import InvalidName, shown
from domain.names import readable_name, slug
from domain.stages import Stage
from domain.subjects import SubjectKey


class Unreadable(Exception):
    """A cell that states something which cannot be read for certain."""


BLANK = r"[-\u2013\u2014\u2212]+|n\s*/\s*a|not applicable"
_BLANK = re.compile(rf"(?:{BLANK})?\.?", re.IGNORECASE)
_ALL = re.compile(r"all(?: (?:versions?|regions?|deployments?|deployment types?|types?))?", re.IGNORECASE)
_LIST = re.compile(r"\s*[\n,;]\s*")
_CHOICE = re.compile(r"\s*[\n,;]\s*(?:(?:and|or)\s+)?|\s+(?:and|or|/)\s+", re.IGNORECASE)
_NO_REPLACEMENT = re.compile(r"(?:none|no replacements?|none available|tbd|tba|to be (?:determined|announced))\.?", re.IGNORECASE)
_VERSIONED = re.compile(r"([^()]+?)\s*\((?:version:?\s*)?([^()]*\d[^()]*)\)|(\S[^(),:]*?),?\s+version:?\s+(\S*\d\S*)", re.IGNORECASE)
_LABELS = {
    "preview": Stage.PREVIEW,
    "public preview": Stage.PREVIEW,
    "generally available": Stage.GENERALLY_AVAILABLE,
    "general availability": Stage.GENERALLY_AVAILABLE,
    "ga": Stage.GENERALLY_AVAILABLE,
    "legacy": Stage.LEGACY,
    "deprecated": Stage.DEPRECATED,
    "retired": Stage.RETIRED,
}


def is_blank(text: str) -> bool:
    """Tell whether a cell states nothing."""
    return _BLANK.fullmatch(text.strip()) is not None


def read_models(text: str) -> tuple[str, ...]:
    """Return the models that a cell names."""
    names = _parts(_LIST, text)
    if not names:
        raise Unreadable("it names no model")
    return tuple(checked_name(name) for name in names)


@lru_cache(maxsize=4096)
def checked_name(name: str) -> str:
    """Return a model's display name, if a key can be made of it."""
    readable = _readable(name, "model")
    if "/" in readable:
        raise Unreadable(f"the model {shown(readable)} cannot be used: it holds a slash")
    try:
        SubjectKey.of("catalog", slug(readable))
    except InvalidName as problem:
        raise Unreadable(f"the model {shown(readable)} cannot be used: {problem.reason}") from None
    return readable


def read_provider(text: str) -> str | None:
    """Return the provider, if there is one."""
    return None if is_blank(text) else _readable(without_footnote(text.replace("\n", " ")), "provider")


def read_scope_values(text: str, key: str) -> tuple[str, ...]:
    """Return the versions, regions or deployment types that a cell lists; none where it is about all of them."""
    if is_blank(text) or _ALL.fullmatch(text):
        return ()
    if key == "deployment_type":
        return tuple(_readable(name, "deployment type") for part in _parts(_LIST, text) for name in deployment_types(part))
    return tuple(_readable(part, key.replace("_", " ")) for part in _parts(_CHOICE, text))


def read_label(text: str) -> Stage | None:
    """Return the published label, if there is one."""
    if is_blank(text):
        return None
    found = _LABELS.get(" ".join(without_footnote(text).lower().replace("-", " ").replace("_", " ").split()))
    if found is None:
        raise Unreadable(f"the label {shown(text)} is none of {', '.join(_LABELS)}")
    return found


def read_replacements(text: str) -> tuple[Replacement, ...] | None:
    """Return the suggested replacements, if there are any."""
    if is_blank(text) or _NO_REPLACEMENT.fullmatch(without_footnote(text)):
        return None
    found = dict.fromkeys(_replacement(part) for part in _parts(_CHOICE, text))
    return tuple(found) or None


def _replacement(text: str) -> Replacement:
    versioned = _VERSIONED.fullmatch(text)
    if versioned is None:
        return Replacement(_named(text))
    name, version = (versioned[1], versioned[2]) if versioned[1] else (versioned[3], versioned[4])
    return Replacement(_named(name), _readable(version, "version"))


def _named(text: str) -> str:
    try:
        return str(SubjectKey.parse(text)) if "/" in text else checked_name(text)
    except InvalidName as problem:
        raise Unreadable(f"a replacement cannot be used: {_clause(problem)}") from None


def _parts(separator: re.Pattern[str], text: str) -> list[str]:
    parts = (without_footnote(part) for part in separator.split(text.strip()))
    return list(dict.fromkeys(part for part in parts if not is_blank(part)))


def _readable(text: str, what: str) -> str:
    try:
        return readable_name(text, what)
    except InvalidName as problem:
        raise Unreadable(_clause(problem)) from None


def _clause(problem: InvalidName) -> str:
    sentence = problem.sentence.removesuffix(".")
    return sentence[:1].lower() + sentence[1:]
