"""JSON lines: one announcement a line, in the field names of the API."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from api.importers.readers.document import Document
from api.importers.readers.reading import Found, PublishedRow, Reading, Replacement, UnreadableRow
from api.wire import WireDate
from domain.dates import AnyDate
from domain.errors import InvalidName, InvalidScope
from domain.names import readable_name
from domain.stages import Stage
from domain.subjects import Scope, SubjectKey

NOTES_LENGTH_MAX = 10_000
_ONE_CATALOG = "catalog"
"""Stands in where only the form of a model is checked."""


def _name(text: str) -> str:
    try:
        return readable_name(text)
    except InvalidName as problem:
        raise ValueError(problem.sentence) from None


Name = Annotated[str, AfterValidator(_name)]
_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True)


class SourceLine(BaseModel):
    """Where the announcement was published."""

    model_config = _STRICT

    name: Name
    url: str | None = Field(default=None, max_length=2000)


class AnnouncementLine(BaseModel):
    """One line. Fields that are absent or null state nothing."""

    model_config = _STRICT

    model: str
    catalog: str | None = None
    name: Name | None = None
    provider: Name | None = None
    scope: dict[str, str] = Field(default_factory=dict, max_length=20)
    legacy: WireDate | None = None
    deprecated: WireDate | None = None
    retired: WireDate | None = None
    label: Stage | None = None
    replacements: list[str] | None = Field(default=None, max_length=100)
    source: SourceLine | None = None
    seen_on: date | None = None
    notes: str | None = Field(default=None, max_length=NOTES_LENGTH_MAX)

    @field_validator("replacements")
    @classmethod
    def _are_keys(cls, replacements: list[str] | None) -> list[str] | None:
        for text in replacements or ():
            _replacement(text)
        return replacements

    @field_validator("scope")
    @classmethod
    def _is_scope(cls, scope: dict[str, str]) -> dict[str, str]:
        try:
            return Scope.of(scope).as_dict()
        except (InvalidName, InvalidScope) as problem:
            raise ValueError(problem.sentence) from None

    @model_validator(mode="after")
    def _names_a_model(self) -> "AnnouncementLine":
        self.key()
        return self

    def key(self) -> tuple[str | None, str]:
        """Return catalog and model, each in key form."""
        prefix, slash, rest = self.model.partition("/")
        catalog, model = (prefix, rest) if slash else (self.catalog, self.model)
        if self.catalog is not None and catalog != self.catalog:
            message = f"the catalog is {self.catalog}, and the model {self.model} names another"
            raise ValueError(message)
        _checked_key(_ONE_CATALOG if catalog is None else catalog, model)
        return catalog, model

    def row(self, line: int, raw: str) -> PublishedRow:
        """Return the line as the row that it states."""
        catalog, model = self.key()
        return PublishedRow(
            line=line,
            raw=raw,
            name=self.name or model,
            provider=self.provider,
            scope=Scope.of(self.scope),
            legacy=_stated(self.legacy),
            deprecated=_stated(self.deprecated),
            retired=_stated(self.retired),
            label=self.label,
            replacements=None if self.replacements is None else tuple(_replacement(text) for text in self.replacements),
            notes=self.notes,
            key=None if catalog is None else f"{catalog}/{model}",
            model=model if catalog is None else None,
            source=self.source.name if self.source else None,
            address=self.source.url if self.source else None,
            seen_on=self.seen_on.isoformat() if self.seen_on else None,
        )


def read_json_lines(document: Document) -> Reading:
    """Read one announcement a line; blank lines are none."""
    return _rows(document)


def _rows(document: Document) -> Iterator[Found]:
    with document.bytes_stream() as stream:
        for number, line in enumerate(stream, start=1):
            text = line.decode().strip()
            if text:
                yield _read_line(number, text)


def _read_line(number: int, text: str) -> PublishedRow | UnreadableRow:
    try:
        announcement = AnnouncementLine.model_validate_json(text)
        json.loads(text, object_pairs_hook=_without_doubles)
    except ValidationError as problem:
        return UnreadableRow(number, text, _reason(problem))
    except ValueError as problem:
        return UnreadableRow(number, text, str(problem))
    return announcement.row(number, text)


def _stated(date: WireDate | None) -> AnyDate | None:
    return date.stated() if date else None


def _reason(problem: ValidationError) -> str:
    reasons = []
    for error in problem.errors(include_url=False, include_input=False, include_context=False)[:5]:
        place = ".".join(str(part) for part in error["loc"])
        message = error["msg"].removeprefix("Value error, ")
        reasons.append(f"{place[:100]}: {message}" if place else message)
    return "; ".join(reasons)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        message = f"{double}: it is stated twice"
        raise ValueError(message)
    return found


def _replacement(text: str) -> Replacement:
    name, at, version = text.partition("@")
    prefix, slash, model = name.partition("/")
    _checked_key(prefix if slash else _ONE_CATALOG, model if slash else name)
    return Replacement(name, _name(version) if at else None)


def _checked_key(catalog: str, model: str) -> None:
    try:
        SubjectKey.of(catalog, model)
    except InvalidName as problem:
        raise ValueError(problem.sentence) from None
