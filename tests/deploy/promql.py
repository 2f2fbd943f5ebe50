"""What a PromQL expression names, and whether its brackets close. No parser: enough to catch a name that nobody exposes."""

import re
from collections.abc import Iterator

_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_MATCHERS = re.compile(r"\{[^}]*\}")
_RANGE = re.compile(r"\[[^\]]*\]")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_NAME = re.compile(r"(?<![\w:])[a-zA-Z_:][\w:]*\b(?!\s*\()")
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}")
_MATCHER = re.compile(r'\s*(\w+)\s*(?:=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*")\s*')
_WORDS = frozenset({"and", "or", "unless", "bool", "offset"})
_PAIRS = {")": "(", "]": "[", "}": "{"}


def balanced(expression: str) -> bool:
    """Tell whether every bracket outside of texts closes, in order."""
    opened: list[str] = []
    for character in _TEXT.sub("", expression):
        if character in _PAIRS.values():
            opened.append(character)
        elif character in _PAIRS and (not opened or opened.pop() != _PAIRS[character]):
            return False
    return not opened and '"' not in _TEXT.sub("", expression)


def metrics(expression: str) -> set[str]:
    """Return the metrics that it reads."""
    bare = _GROUPING.sub(" ", _RANGE.sub(" ", _MATCHERS.sub(" ", _TEXT.sub("", expression))))
    return set(_NAME.findall(bare)) - _WORDS


def matched(expression: str) -> Iterator[tuple[str, str, str]]:
    """Each label by which a metric is selected: the metric, the label, and the text or pattern."""
    for metric, matchers in _SELECTOR.findall(expression):
        for label, text in _MATCHER.findall(matchers):
            yield metric, label, text[1:-1]


def grouped(expression: str) -> set[str]:
    """Return the labels by which it groups or joins."""
    return {label for labels in _GROUPING.findall(_TEXT.sub("", expression)) for label in re.findall(r"\w+", labels)}
