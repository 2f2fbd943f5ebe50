"""A JSON text value by value: one value and one chunk of text are held, whatever the size of the file."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

from api.directory.readers.errors import BrokenJson

VALUE_CHARACTERS_MAX = 1_000_000
"""Longest element of a list. A role assignment has about 1,000."""

_CHUNK_CHARACTERS = 65_536
_CUT_CHARACTERS = 16
"""Within so many characters of what was read, a word, an escape or a number may only be cut off."""
# Counts never matter here, and whole numbers of a hostile length raise an error in Python.
_DECODER = json.JSONDecoder(parse_int=float)
_SPACE = " \t\n\r"


@dataclass(slots=True)
class JsonStream:
    """Walks a text. Every method but `line` raises `BrokenJson` where the text is not what was asked for."""

    name: str
    source: TextIO = field(repr=False)
    line: int = 1
    """Where the walk stands, counted from 1."""
    _text: str = field(default="", repr=False)
    _at: int = 0

    def mark(self) -> str:
        """Return the next character that is no white space, without going past it; empty at the end."""
        while True:
            start = self._at
            while start < len(self._text) and self._text[start] in _SPACE:
                start += 1
            self._go(start)
            if start < len(self._text):
                return self._text[start]
            if not self._fill():
                return ""

    def took(self, mark: str) -> bool:
        """Go past a character if it is the next one."""
        if self.mark() != mark:
            return False
        self._go(self._at + 1)
        return True

    def take(self, mark: str, place: str) -> None:
        """Go past a character that has to stand here."""
        if not self.took(mark):
            raise self.broken(f"there is no `{mark}` {place}")

    def value(self) -> object:
        """Read one value, and go past it."""
        self.mark()
        while True:
            try:
                found, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                raise self.broken("it is nested too deeply") from None
            except json.JSONDecodeError as problem:
                self._read_on(problem)
                continue
            # A number may go on behind what was read.
            if end == len(self._text) and self._fill():
                continue
            self._go(min(end, len(self._text)))
            return found

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self.mark():
            raise self.broken("something follows behind the end")

    def broken(self, reason: str) -> BrokenJson:
        """Say what is wrong where the walk stands."""
        return BrokenJson(self.name, self.line, reason)

    def _read_on(self, problem: json.JSONDecodeError) -> None:
        held = len(self._text) - self._at
        cut = problem.msg.startswith("Unterminated string") or len(self._text) - problem.pos < _CUT_CHARACTERS
        line = self.line + self._text.count("\n", self._at, problem.pos)
        if held > VALUE_CHARACTERS_MAX:
            raise BrokenJson(self.name, line, f"an element has more than {VALUE_CHARACTERS_MAX:,} characters, or never ends") from None
        if not cut or not self._fill():
            raise BrokenJson(self.name, line, f"it is no JSON ({problem.msg.removesuffix(' at')})") from None

    def _go(self, end: int) -> None:
        self.line += self._text.count("\n", self._at, end)
        self._at = end

    def _fill(self) -> bool:
        held = self._text[self._at :]
        read = self.source.read(max(_CHUNK_CHARACTERS, len(held)))
        self._text, self._at = held + read, 0
        return bool(read)


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a list."""

    line: int
    """Where it starts."""
    number: int
    """Counted from 1: in a file of one line, it alone tells where to look."""
    value: object = field(repr=False)

    def reason(self, text: str) -> str:
        """Say something about the element, so that it can be found."""
        return f"element {self.number}: {text}"


def elements(stream: JsonStream) -> Iterator[Element]:
    """Read a list element by element, from its bracket to the other."""
    stream.take("[", "where a list should begin")
    number = 0
    if stream.took("]"):
        return
    while True:
        number += 1
        stream.mark()
        yield Element(stream.line, number, stream.value())
        if stream.took("]"):
            return
        stream.take(",", "between two elements, or the list breaks off")
