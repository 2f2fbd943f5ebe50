"""Subjects: what a claim or a question is about, and how narrowly."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator

from domain.errors import InvalidName, InvalidScope
from domain.names import readable_name, slug

_CATALOG = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SCOPE_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True, order=True)
class SubjectKey:
    """A model in a catalog, written `catalog/model`: `azure/mistral-large`. One aggregate each."""

    catalog: str
    model: str

    @classmethod
    def of(cls, catalog: str, model: str) -> "SubjectKey":
        """Make a key of its two parts.

        Raises:
            InvalidName: a part is not in its key form.
        """
        return _key_of(catalog, model)

    @classmethod
    def parse(cls, text: str) -> "SubjectKey":
        """Read `catalog/model`.

        Raises:
            InvalidName: the text is not a catalog and a model with one slash between.
        """
        return _parse_key(text)

    def __str__(self) -> str:
        return f"{self.catalog}/{self.model}"


@lru_cache(maxsize=16_384)
def _key_of(catalog: str, model: str) -> SubjectKey:
    if not _CATALOG.fullmatch(catalog):
        raise InvalidName("catalog", catalog, "use up to 64 lower-case letters, digits, `.`, `_` or `-`, like azure-openai")
    readable_name(model, "model")
    if "/" in model:
        raise InvalidName("model", model, "it holds a slash; a key is catalog/model with one slash")
    if slug(model) != model:
        raise InvalidName("model", model, f"it is not in key form; did you mean {slug(model) or 'another name'}?")
    if not model.strip("."):
        raise InvalidName("model", model, "dots alone name no model")
    return SubjectKey(catalog, model)


@lru_cache(maxsize=16_384)
def _parse_key(text: str) -> SubjectKey:
    catalog, slash, model = text.partition("/")
    if not slash:
        raise InvalidName("model", text, "write it as catalog/model, like azure/mistral-large")
    return SubjectKey.of(catalog, model)


def _stored_key(value: SubjectKey | str) -> SubjectKey:
    return value if isinstance(value, SubjectKey) else _parse_key(value)


KeyField = Annotated[SubjectKey, PlainValidator(_stored_key), PlainSerializer(str, return_type=str)]


@dataclass(frozen=True, slots=True)
class Scope:
    """What part of a model a claim is about: version, region, deployment_type and the like. Empty: all of it."""

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, parts: Mapping[str, str]) -> "Scope":
        """Make a scope of its keys and values.

        Raises:
            InvalidScope: a key is not in snake_case.
            InvalidName: a value is empty, too long, not readable, or holds an equals sign.
        """
        for key in parts:
            if not _SCOPE_KEY.fullmatch(key):
                raise InvalidScope(key)
            if "=" in parts[key]:
                raise InvalidName(f"scope {key}", parts[key], "it holds an equals sign, which stands between keys and values")
        return cls(tuple(sorted((key, readable_name(value, f"scope {key}")) for key, value in parts.items())))

    @classmethod
    def stored(cls, parts: "Mapping[str, str] | Scope") -> "Scope":
        """Take a scope back from an event, where it was checked when it was made."""
        if isinstance(parts, Scope):
            return parts
        return cls(tuple(sorted(parts.items()))) if parts else WHOLE

    def as_dict(self) -> dict[str, str]:
        """Return keys and values, sorted by key."""
        return dict(self.pairs)

    def holds_for(self, question: "Scope") -> bool:
        """Tell whether a claim of this scope answers a question of that one: the question names all that the claim names."""
        return not self.pairs or set(self.pairs) <= set(question.pairs)

    def meets(self, other: "Scope") -> bool:
        """Tell whether something can lie in both: they differ in no key that both name."""
        mine = dict(self.pairs)
        return all(mine.get(key, value) == value for key, value in other.pairs)

    def joined(self, other: "Scope") -> "Scope":
        """Return the scope that names all that both name."""
        return Scope(tuple(sorted({**dict(self.pairs), **dict(other.pairs)}.items())))

    def __len__(self) -> int:
        return len(self.pairs)

    def __bool__(self) -> bool:
        return bool(self.pairs)

    def __str__(self) -> str:
        return ", ".join(f"{key}={value}" for key, value in self.pairs)


WHOLE = Scope()
"""The scope of a claim about every version, region and deployment type."""

ScopeField = Annotated[Scope, PlainValidator(Scope.stored), PlainSerializer(Scope.as_dict, return_type=dict[str, str])]


def parse_subject(text: str) -> tuple[SubjectKey, Scope]:
    """Read `catalog/model` or its short form with a version, `catalog/model@version`.

    Raises:
        InvalidName: the text is neither.
    """
    key, at, version = text.partition("@")
    return SubjectKey.parse(key), Scope.of({"version": version}) if at else WHOLE


def subject_text(key: SubjectKey, scope: Scope) -> str:
    """Write a subject in its short form, with the version if its scope names one: `catalog/model@version`."""
    version = scope.as_dict().get("version")
    return f"{key}@{version}" if version else str(key)
