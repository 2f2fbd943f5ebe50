"""What somebody reads in an HTML page."""

from html.parser import HTMLParser

_EMPTY = frozenset({"br", "meta"})
_WITHIN_A_LINE = frozenset({"a", "code", "s", "strong"})


class Page(HTMLParser):
    """A page taken apart: its words, its tags, its links; what is not closed is an error."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str | None] = []
        self.declared: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._apart(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"}]
        if tag not in _EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        self._apart(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.declared.append(data)

    def handle_decl(self, decl: str) -> None:
        self.declared.append(decl)

    def unknown_decl(self, data: str) -> None:
        self.declared.append(data)

    def handle_pi(self, data: str) -> None:
        self.declared.append(data)

    def _apart(self, tag: str) -> None:
        if tag not in _WITHIN_A_LINE:
            self.words.append(" ")
