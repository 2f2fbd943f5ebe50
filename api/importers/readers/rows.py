"""A row of a table, once its columns are known: what it states, and about which models."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod

from api.importers.readers import cells, tables
from api.importers.readers.cells import Unreadable
from api.importers.readers.date_cells import DateCell, read_dates
from api.importers.readers.date_statements import Statement
from api.importers.readers.markup import CELL_LENGTH_MAX
from api.importers.readers.reading import PublishedRow, UnreadableRow
from domain.dates import AnyDate
from domain.errors import shown
from domain.subjects import WHOLE, Scope

SUBJECTS_MAX = 1000
"""How many models, versions, regions and deployment types one row may stand for, multiplied."""

_SCOPE = "scope."
_TYPE = "deployment_type"
Dates = dict[str, AnyDate]


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row whose cells are told apart, and not yet read."""

    line: int
    raw: str
    cells: Mapping[str, str]
    """The plain text of each cell, by the meaning of its column."""


def is_empty(texts: Sequence[str]) -> bool:
    """Tell whether all cells of a row are empty, as in the last rows of many spreadsheets."""
    return not any(text.strip() for text in texts)


def read_row(row: RawRow) -> Iterator[PublishedRow | UnreadableRow]:
    """Return what a row states: a row a model and scope, or one unreadable row."""
    try:
        yield from _read(row)
    except Unreadable as problem:
        yield UnreadableRow(row.line, row.raw, str(problem))


def misshapen(line: int, raw: str, texts: Sequence[str], width: int) -> UnreadableRow | None:
    """Report a row whose cells cannot be told to their columns, or are longer than any cell should be."""
    if len(texts) != width:
        found = "1 cell" if len(texts) == 1 else f"{len(texts)} cells"
        return UnreadableRow(
            line, raw, f"it has {found}, and the header {width}; a cell is missing, or a separator in a text is not escaped"
        )
    longest = max(map(len, texts), default=0)
    if longest > CELL_LENGTH_MAX:
        return UnreadableRow(line, raw, f"it has a cell of {longest:,} characters; {CELL_LENGTH_MAX:,} are read")
    return None


def _read(row: RawRow) -> list[PublishedRow]:
    names = cells.read_models(row.cells[tables.NAME])
    scopes = _scopes(row.cells, len(names))
    dates = [read_dates(row.cells[column], column) for column in tables.DATES if column in row.cells]
    stated = dates_by_type([statement for cell in dates for statement in cell.statements])
    whole = _without_dates(row, dates)
    said = [(_narrowed(scope, kind), dated) for scope in scopes for kind, dated in stated.items() if _agree(scope, kind)]
    if not said:
        raise Unreadable("its dates are about other deployment types than its column of deployment types")
    return [_with_dates(whole, name, scope, dated) for name in names for scope, dated in said]


def _agree(scope: Scope, kind: str | None) -> bool:
    return kind is None or scope.as_dict().get(_TYPE, kind) == kind


def _narrowed(scope: Scope, kind: str | None) -> Scope:
    return Scope.of({**scope.as_dict(), _TYPE: kind}) if kind else scope


def _with_dates(row: PublishedRow, name: str, scope: Scope, dates: Dates) -> PublishedRow:
    return replace(
        row,
        name=name,
        scope=scope,
        legacy=dates.get(tables.LEGACY),
        deprecated=dates.get(tables.DEPRECATED),
        retired=dates.get(tables.RETIRED),
    )


def _without_dates(row: RawRow, dates: Sequence[DateCell]) -> PublishedRow:
    notes = [note for cell in dates for note in cell.notes]
    if not cells.is_blank(said := row.cells.get(tables.NOTES, "")):
        notes.append(said)
    return PublishedRow(
        line=row.line,
        raw=row.raw,
        name="",
        provider=cells.read_provider(row.cells.get(tables.PROVIDER, "")),
        scope=WHOLE,
        legacy=None,
        deprecated=None,
        retired=None,
        label=cells.read_label(row.cells.get(tables.LABEL, "")),
        replacements=cells.read_replacements(row.cells.get(tables.REPLACEMENTS, "")),
        notes="\n".join(dict.fromkeys(notes)) or None,
        remarks=tuple(dict.fromkeys(remark for cell in dates for remark in cell.remarks)),
    )


def _scopes(texts: Mapping[str, str], models: int) -> list[Scope]:
    keys = [meaning.removeprefix(_SCOPE) for meaning in texts if meaning.startswith(_SCOPE)]
    values = [cells.read_scope_values(texts[_SCOPE + key], key) or (None,) for key in keys]
    if models * prod(len(choice) for choice in values) > SUBJECTS_MAX:
        raise Unreadable(f"it stands for more than {SUBJECTS_MAX:,} models and scopes; write them as rows of their own")
    named = (dict(zip(keys, choice, strict=True)) for choice in product(*values))
    return [Scope.of({key: value for key, value in parts.items() if value is not None}) for parts in named]


def dates_by_type(statements: Sequence[Statement]) -> dict[str | None, Dates]:
    """Return the dates of each deployment type; what is said of all types holds for each that says nothing else."""
    general: Dates = {}
    narrow: dict[str, Dates] = {}
    for said in statements:
        for kind in said.types or (None,):
            _state(general if kind is None else narrow.setdefault(kind, {}), said, kind)
    by_type: dict[str | None, Dates] = {None: general} if general or not narrow else {}
    by_type.update((kind, general | dates) for kind, dates in narrow.items())
    return by_type


def _state(dates: Dates, said: Statement, kind: str | None) -> None:
    if said.date is None:
        return
    before = dates.setdefault(said.field, said.date)
    if (before.kind, before.value) != (said.date.kind, said.date.value):
        of_what = f" of {kind}" if kind else ""
        raise Unreadable(f"it states two {said.field} dates{of_what}, {shown(before.raw or '')} and {shown(said.date.raw or '')}")
