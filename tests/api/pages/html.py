"""Pages read as a browser reads them: their headings, tables and links."""

from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "link", "input", "br", "img", "hr", "path", "rect"}


class Read(HTMLParser):
    """What stands on a page."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.links: dict[str, str] = {}
        """Addresses by the words of the link; of several with the same words, the first."""
        self.rows: list[list[str]] = []
        """Of all tables, cell by cell."""
        self.fields: dict[str, str] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.heading = ""
        self._open: list[str] = []
        self._link: str | None = None
        self._linked = ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        if tag == "input" and given.get("name"):
            self.fields[str(given["name"])] = given.get("value") or ""
        if tag == "a":
            self._link, self._linked = given.get("href"), ""
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
        if tag == "br":
            self.handle_data(" ")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link is not None:
            self.links.setdefault(" ".join(self._linked.split()), self._link)
            self._link = None
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "script" in self._open or "style" in self._open:
            return
        if "body" in self._open:
            self.words += data
        if "h1" in self._open:
            self.heading += data
        if self._link is not None:
            self._linked += data
        if self.rows and {"td", "th"} & set(self._open) and "svg" not in self._open:
            self.rows[-1][-1] += data

    @property
    def text(self) -> str:
        """All words of the page, with single spaces."""
        return " ".join(self.words.split())

    def table(self) -> list[list[str]]:
        """Return the cells of all rows, with single spaces."""
        return [[" ".join(cell.split()) for cell in row] for row in self.rows]

    def attributes(self, tag: str) -> list[dict[str, Any]]:
        """Return the attributes of all elements of a kind."""
        return [given for name, given in self.tags if name == tag]
