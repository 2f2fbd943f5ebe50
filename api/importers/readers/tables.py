"""What the columns of a table mean, and which tables are about something else."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from api.importers.readers.errors import UnknownField, UnrecognisedTable
from api.importers.readers.markup import plain, without_footnote
from domain.errors import shown

NAME, PROVIDER, LABEL, REPLACEMENTS, NOTES, IGNORE = "name", "provider", "label", "replacements", "notes", "ignore"
LEGACY, DEPRECATED, RETIRED = "legacy", "deprecated", "retired"
VERSION, REGION, DEPLOYMENT_TYPE = "scope.version", "scope.region", "scope.deployment_type"
DATES = (LEGACY, DEPRECATED, RETIRED)

_SYNONYMS = {
    NAME: ("model", "models", "model name", "model id", "name"),
    PROVIDER: ("provider", "model provider", "publisher", "vendor"),
    VERSION: ("version", "versions", "version(s)", "model version", "model versions", "model version(s)"),
    REGION: ("region", "regions", "region(s)"),
    DEPLOYMENT_TYPE: ("deployment type", "deployment types", "deployment type(s)"),
    LEGACY: ("legacy", "legacy date", "legacy on"),
    DEPRECATED: ("deprecated", "deprecated date", "deprecated on", "deprecation", "deprecation date"),
    RETIRED: ("retired", "retired date", "retired on", "retirement", "retirement date"),
    LABEL: ("lifecycle status", "lifecycle stage", "lifecycle", "stage", "status", "label"),
    NOTES: ("note", "notes", "comment", "comments", "remarks"),
}
_MEANINGS = {header: meaning for meaning, headers in _SYNONYMS.items() for header in headers}
_REPLACEMENT = re.compile(r"(?:(?:suggested|recommended) )?(?:model )?replacement(?:s|\(s\))?(?: models?| model\(s\))?")
_SCOPE = re.compile(r"scope\.([a-z][a-z0-9_]{0,63})")
_OTHER_HEADERS = {
    "current default version",
    "new default version",
    "default upgrade date",
    "upgrade date",
    "training retirement date",
    "deployment retirement date",
}
_OTHER_TITLE = re.compile(r"\bfine[- ]?tun", re.IGNORECASE)
_SHORT_NAMES = {"model": NAME, "version": VERSION, "region": REGION, "deployment_type": DEPLOYMENT_TYPE}
_SHOWN_MAX = 10
_FIELDS = (NAME, PROVIDER, LEGACY, DEPRECATED, RETIRED, LABEL, REPLACEMENTS, NOTES, IGNORE)


@dataclass(frozen=True, slots=True)
class Layout:
    """The meaning of each column, from left to right."""

    meanings: tuple[str, ...]

    def cells(self, texts: Sequence[str]) -> dict[str, str]:
        """Return a row's cells by what they mean."""
        return {meaning: text for meaning, text in zip(self.meanings, texts, strict=True) if meaning != IGNORE}


@dataclass(frozen=True, slots=True)
class Heading:
    """Where a table stands, for whoever has to find it."""

    document: str
    line: int
    path: tuple[str, ...] = ()
    """The headings that it stands under, the outermost first."""
    in_page: bool = True
    """Whether it is one of the tables of a page, which can be skipped by their titles."""

    @property
    def title(self) -> str:
        """The nearest heading; without one, the line."""
        return next((text for text in reversed(self.path) if text), f"line {self.line}")


@dataclass(frozen=True, slots=True)
class Conventions:
    """What the caller says about columns and tables beyond what is known."""

    columns: Mapping[str, str]
    skip_tables: Collection[str]

    @classmethod
    def of(cls, columns: Mapping[str, str], skip_tables: Collection[str]) -> "Conventions":
        """Check what a caller says.

        Raises:
            UnknownField: a column is to mean something that no column can.
        """
        meant = {_normal(column): _field(column, meaning) for column, meaning in columns.items()}
        return cls(meant, frozenset(_folded(title) for title in skip_tables))

    def about_something_else(self, heading: Heading, headers: Sequence[str]) -> bool:
        """Tell whether a table is no table of retirements, or is not wanted."""
        normal = {_normal(header) for header in headers}
        if heading.in_page and any(_folded(title) in self.skip_tables for title in (*heading.path, heading.title)):
            return True
        if any(_OTHER_TITLE.search(title) for title in heading.path):
            return True
        return bool((normal - self.columns.keys()) & _OTHER_HEADERS)

    def layout(self, heading: Heading, headers: Sequence[str]) -> Layout:
        """Tell what each column means.

        Raises:
            UnrecognisedTable: a column is not known, two mean the same, or there is no model or nothing about it.
        """
        meanings = [self._meaning(header) for header in headers]
        unknown = [header for header, meaning in zip(headers, meanings, strict=True) if meaning is None]
        if unknown:
            listed = ", ".join(shown(header) for header in unknown[:_SHOWN_MAX]) + (", …" if len(unknown) > _SHOWN_MAX else "")
            raise _not_understood(heading, f"no meaning is known of {listed}", unknown)
        known = tuple(meaning for meaning in meanings if meaning is not None)
        _refuse_doubles(heading, headers, known)
        if NAME not in known:
            raise _not_understood(heading, "no column names the model", headers)
        if not {*DATES, LABEL} & set(known):
            raise _not_understood(heading, "no column holds a date or a lifecycle label", headers)
        return Layout(known)

    def _meaning(self, header: str) -> str | None:
        normal = _normal(header)
        if normal in self.columns:
            return self.columns[normal]
        if normal in _MEANINGS:
            return _MEANINGS[normal]
        if _REPLACEMENT.fullmatch(normal):
            return REPLACEMENTS
        return _scope(header.strip().lower())


def _refuse_doubles(heading: Heading, headers: Sequence[str], meanings: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for header, meaning in zip(headers, meanings, strict=True):
        if meaning != IGNORE and meaning in seen:
            raise _not_understood(heading, f"the columns {shown(seen[meaning])} and {shown(header)} both mean {meaning}", [header])
        seen[meaning] = header


def _not_understood(heading: Heading, reason: str, headers: Sequence[str]) -> UnrecognisedTable:
    return UnrecognisedTable(heading.document, heading.line, heading.title, reason, tuple(headers), heading.in_page)


def _field(column: str, meaning: str) -> str:
    lowered = meaning.strip().lower()
    found = _SHORT_NAMES.get(lowered, lowered)
    if found not in _FIELDS and _scope(found) is None:
        raise UnknownField(column, meaning, (*_FIELDS[:-1], *_SHORT_NAMES, "scope.<key>", IGNORE))
    return found


def _scope(text: str) -> str | None:
    return text if _SCOPE.fullmatch(text) else None


def _normal(header: str) -> str:
    text = without_footnote(plain(header)).lower().replace("(utc)", " ").replace("_", " ")
    return " ".join(text.split()).removesuffix(":").strip()


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())
