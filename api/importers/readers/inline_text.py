"""Inline Markdown to plain text, as `markup.plain` does it for cells of other formats, by the tokens of a real parser."""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.utils import EnvType

from api.importers.readers.markup import STRUCK, tidy

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,50}\]")


def inline_text(parser: MarkdownIt, content: str, env: EnvType) -> str:
    """Return the text of a cell or heading: `<br>` is a newline, footnote marks and tags are gone, link text stays."""
    tokens: list[Token] = []
    parser.inline.parse(content, parser, env, tokens)
    return tidy("".join(_texts(tokens)))


def _texts(tokens: Sequence[Token]) -> list[str]:
    texts: list[str] = []
    mark_begins: int | None = None
    for token in tokens:
        closing, tag = _tag(token)
        if tag == "sup" and not closing:
            mark_begins = len(texts)
        elif tag == "sup" and mark_begins is not None:
            del texts[mark_begins:]
            mark_begins = None
        else:
            texts.append(_text(token, tag))
    return texts


def _tag(token: Token) -> tuple[bool, str]:
    found = _TAG.match(token.content) if token.type == "html_inline" else None
    return (found[1] == "/", found[2].lower()) if found else (False, "")


def _text(token: Token, tag: str) -> str:
    if token.type == "html_inline":
        return "\n" if tag == "br" else STRUCK if tag in {"del", "s", "strike"} else ""
    if token.type in {"softbreak", "hardbreak"}:
        return "\n"
    if token.type == "text":
        return _FOOTNOTE.sub("", token.content)
    return token.content if token.type in {"code_inline", "text_special"} else ""
