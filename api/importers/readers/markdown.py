"""Tables in Markdown. Blocks are parsed first, all headers are checked, and only then the cells, a row at a time."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.utils import EnvType
from mdit_py_plugins.front_matter import front_matter_plugin

from api.importers.readers.document import Document
from api.importers.readers.errors import NoTable, TableTooLong
from api.importers.readers.inline_text import inline_text
from api.importers.readers.markup import CELL_LENGTH_MAX
from api.importers.readers.reading import Found, Reading, SkippedTable, UnreadableRow
from api.importers.readers.rows import RawRow, is_empty, misshapen, read_row
from api.importers.readers.tables import Conventions, Heading, Layout

HEADER_LINES = 2
"""Lines of a table that are no rows: its header and the line below."""
ROWS_MAX = 20_000
"""Longest Markdown table that is read."""

_PIPE = re.compile(r"(?<!\\)\|")
_PREFIX = re.compile(r"^[ \t>]*(?:[-*+]\s+(?=\|))?")
_DASHES = re.compile(r"^\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?$|^\|\s*:?-+:?\s*\|?$")
_HTML_TABLE = re.compile(r"<table\b", re.IGNORECASE)
_TEXT_BLOCKS = ("inline", "code_block", "html_block", "front_matter", "fence")


@dataclass(slots=True)
class Table:
    """A table as parsed: the source of its cells, row for row, not yet read."""

    heading: Heading
    headers: list[str] = field(default_factory=list)
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    layout: Layout | None = None
    """None where the table is about something else."""


def read_markdown(document: Document, conventions: Conventions) -> Reading:
    """Read all tables of a Markdown document.

    Raises:
        NoTable: it has none.
        TableTooLong: it has one that should be read as a stream.
        UnrecognisedTable: the columns of one do not say what it means.
    """
    with document.text_stream() as stream:
        text = stream.read()
    _refuse_long_run(document.name, text)
    page = _Page(document.name, text)
    found = page.blocks()
    tables = [block for block in found if isinstance(block, Table)]
    if not found:
        raise NoTable(document.name)
    for table in tables:
        if len(table.rows) > ROWS_MAX:
            raise TableTooLong(document.name, table.heading.line, ROWS_MAX)
    for table in tables:
        if not conventions.about_something_else(table.heading, table.headers):
            table.layout = conventions.layout(table.heading, table.headers)
    return (item for block in found for item in (page.read(block) if isinstance(block, Table) else (block,)))


def _refuse_long_run(name: str, text: str) -> None:
    """Refuse what is a table too long at first sight: parsing it only to say so takes the parser many seconds."""
    begun, rows = 0, 0
    for number, line in enumerate(text.splitlines(), start=1):
        rows = rows + 1 if line.startswith("|") else 0
        begun = number if rows == 1 else begun
        if rows > ROWS_MAX + HEADER_LINES:
            raise TableTooLong(name, begun, ROWS_MAX)


class _Page:
    def __init__(self, name: str, text: str) -> None:
        self._name = name
        # The parser counts lines in the same way: carriage returns are line ends, other separators are not.
        self._lines = re.sub(r"\r\n?", "\n", text).split("\n")
        self._parser = MarkdownIt("commonmark").enable("table").use(front_matter_plugin)
        self._parser.core.ruler.disable("inline")
        self._env: EnvType = {}
        self._tokens = self._parser.parse(text, self._env)

    def blocks(self) -> list[Table | UnreadableRow]:
        """Return tables, and lines that look like rows of one but are not, in the order of the page."""
        found: list[Table | UnreadableRow] = []
        path: list[tuple[int, str]] = []
        table: Table | None = None
        for token, following in zip(self._tokens, [*self._tokens[1:], None], strict=True):
            if token.type == "heading_open" and following is not None:
                level = int(token.tag[1:])
                path = [
                    *((above, title) for above, title in path if above < level),
                    (level, self._text(following.content).replace("\n", " ")),
                ]
            elif token.type == "table_open":
                table = Table(Heading(self._name, _line(token), tuple(title for _, title in path)))
                found.append(table)
            elif token.type == "table_close":
                table = None
            elif table is not None:
                self._add_to(table, token)
            elif token.type in _TEXT_BLOCKS:
                found.extend(self._stray_rows(token))
        return found

    def _add_to(self, table: Table, token: Token) -> None:
        if token.type == "tr_open":
            table.rows.append((_line(token), []))
        elif token.type == "thead_close":
            table.headers = [self._text(content) for content in table.rows.pop()[1]]
        elif token.type == "inline":
            table.rows[-1][1].append(token.content)

    def read(self, table: Table) -> Iterator[Found]:
        if table.layout is None:
            yield SkippedTable(table.heading.line, table.heading.title, len(table.rows))
            return
        for line, contents in table.rows:
            yield from self._read_row(line, contents, table.layout)

    def _read_row(self, line: int, contents: Sequence[str], layout: Layout) -> Iterator[Found]:
        raw = _PREFIX.sub("", self._lines[line - 1]).strip()
        # The parser pads short rows and cuts long ones, so that the cells are counted where they stand.
        if problem := misshapen(line, raw, _cells(raw), len(layout.meanings)):
            yield problem
            return
        texts = [self._text(content) for content in contents]
        if not is_empty(texts):
            yield from read_row(RawRow(line, raw, layout.cells(texts)))

    def _text(self, content: str) -> str:
        return inline_text(self._parser, content, self._env) if len(content) <= CELL_LENGTH_MAX else content[:CELL_LENGTH_MAX]

    def _stray_rows(self, token: Token) -> Iterator[UnreadableRow]:
        """Rows below a broken line of dashes, or cut off by a blank line, are paragraphs to Markdown; here they must not vanish."""
        first, end = token.map or (0, 0)
        if self._is_meant_as_text(token, end):
            return
        lines = [(number + 1, _PREFIX.sub("", self._lines[number]).strip()) for number in range(first, min(end, len(self._lines)))]
        broken = any(_DASHES.match(text) for _, text in lines)
        for number, text in lines:
            if _HTML_TABLE.search(text):
                yield UnreadableRow(number, text, "an HTML table begins here, which is not read; write it as a Markdown table")
            elif _looks_like_row(text, broken=broken):
                yield UnreadableRow(
                    number, text, "it looks like a row, but belongs to no table; a table needs a line of as many dashes as headers"
                )

    def _is_meant_as_text(self, token: Token, end: int) -> bool:
        """Closed fences and comments hold tables on purpose; one that is never closed swallowed the rest of the page."""
        if token.type == "fence":
            return end - 1 > (token.map or (0,))[0] and self._lines[end - 1].strip(" \t>").startswith(token.markup)
        return token.type == "html_block" and token.content.lstrip().startswith("<!--") and "-->" in token.content


def _looks_like_row(text: str, *, broken: bool) -> bool:
    if _DASHES.match(text):
        return False
    bars = len(_PIPE.findall(text))
    return (text.startswith("|") and bars > 1) or (broken and bars > 0)


def _cells(row: str) -> list[str]:
    cells = _PIPE.split(row)
    if cells and not cells[0].strip():
        cells = cells[1:]
    if cells and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0
