"""How rows of the audit are printed: as lines for people, CSV, JSON lines, or one JSON document; each page as it comes."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from api.cli.printing import columns

if TYPE_CHECKING:
    from domain.people.registry import People
    from projections.notices.audit import AuditRow

    _Printed = Callable[[Iterator[Sequence[AuditRow]], People | None, int], Iterator[str]]

_SHOWN = ("run", "model", "id", "subscription", "role", "state", "accepted_at", "lead_days_deprecated", "lead_days_retired", "late")
_NAMED = ("name", "mail")


def _named(rows: "Sequence[AuditRow]", people: "People | None") -> Iterator[tuple[str, ...]]:
    """Give each row's name and address, where they are wanted; of the erased, that they are."""
    if people is None:
        yield from (() for _ in rows)
        return
    cards = people.cards({(row.id, row.address) for row in rows})
    erased = people.erased({row.id for row in rows})
    for row in rows:
        card = cards.get((row.id, row.address))
        yield ("erased", "") if row.id in erased else ((card and card.name) or "", (card and card.address) or "")


def _header(names: Sequence[str], people: "People | None") -> tuple[str, ...]:
    return (*names, *(_NAMED if people is not None else ()))


def _objects(found: "Iterator[Sequence[AuditRow]]", people: "People | None") -> Iterator[str]:
    from api.notices.wire import wire_audit  # noqa: PLC0415

    for rows in found:
        for row, named in zip(rows, _named(rows, people), strict=True):
            more = dict(zip(_NAMED, (text or None for text in named), strict=True)) if named else {}
            yield json.dumps({**wire_audit(row), **more}, ensure_ascii=False)


def _as_jsonl(found: "Iterator[Sequence[AuditRow]]", people: "People | None", _: int) -> Iterator[str]:
    return _objects(found, people)


def _as_json(found: "Iterator[Sequence[AuditRow]]", people: "People | None", position: int) -> Iterator[str]:
    yield f'{{"position": {position}, "rows": ['
    before = ""
    for row in _objects(found, people):
        if before:
            yield f"{before},"
        before = row
    yield f"{before}]}}"


def _as_csv(found: "Iterator[Sequence[AuditRow]]", people: "People | None", _: int) -> Iterator[str]:
    from api.notices.wire import AUDIT_COLUMNS, audit_cells  # noqa: PLC0415
    from api.spreadsheets import as_csv  # noqa: PLC0415

    yield _whole_lines(as_csv([_header(AUDIT_COLUMNS, people)]))
    for rows in found:
        yield _whole_lines(as_csv([*audit_cells(row), *named] for row, named in zip(rows, _named(rows, people), strict=True)))


def _whole_lines(text: str) -> str:
    """Leave the last line's end to whoever prints it."""
    return text.removesuffix("\n")


def _as_lines(found: "Iterator[Sequence[AuditRow]]", people: "People | None", _: int) -> Iterator[str]:
    from api.delivery.cleaning import cleaned  # noqa: PLC0415

    header = _header(_SHOWN, people)
    for rows in found:
        shown = ([*_cells(row), *map(cleaned, named)] for row, named in zip(rows, _named(rows, people), strict=True))
        yield from columns(shown, header)
        header = ()


def _cells(row: "AuditRow") -> list[str]:
    leads = (row.lead_days_deprecated, row.lead_days_retired)
    what = row.exclusion or row.state.value
    told = (str(row.run), f"{row.catalog}/{row.model}", row.id, row.subscription, row.role or "webhook", what, row.accepted_at or "")
    return [*told, *("" if lead is None else str(lead) for lead in leads), " ".join(row.late)]


PRINTED: Mapping[str, "_Printed"] = {
    "lines": _as_lines,
    "csv": _as_csv,
    "jsonl": _as_jsonl,
    "json": _as_json,
}
