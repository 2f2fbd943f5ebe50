"""What home is asked for: which models, in which order, and which page of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from api.pages.clocks import Clocks, read_clocks
from api.pages.errors import FieldUnusable
from domain.rules.answers import FindingCode
from domain.stages import Stage

ROWS = 100
"""Models a page."""
PAGE_MAX = 10_000
TEXT_MAX = 200

E = TypeVar("E", bound=StrEnum)


class Sort(StrEnum):
    """The order of the models."""

    NEXT = "next"
    """What comes next, soonest first."""
    NAME = "name"
    STAGE = "stage"


@dataclass(frozen=True, slots=True)
class HomeQuery:
    """A question to home. Empty: no matter which."""

    clocks: Clocks = field(default_factory=Clocks)
    catalog: str = ""
    provider: str = ""
    stage: Stage | None = None
    finding: FindingCode | None = None
    text: str = ""
    sort: Sort = Sort.NEXT
    page: int = 1

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> "HomeQuery":
        """Read an address; what is empty or not known to this page is left aside.

        Raises:
            FieldUnusable: one cannot be read.
        """
        return cls(
            read_clocks(parameters),
            parameters.get("catalog", "")[:TEXT_MAX],
            parameters.get("provider", "")[:TEXT_MAX],
            _one_of(Stage, parameters, "stage"),
            _one_of(FindingCode, parameters, "finding"),
            parameters.get("q", "").strip()[:TEXT_MAX],
            _one_of(Sort, parameters, "sort") or Sort.NEXT,
            _page(parameters.get("page", "")),
        )

    def parameters(self) -> dict[str, str]:
        """Return the parameters that ask the same, the page left out."""
        told = {
            "catalog": self.catalog,
            "provider": self.provider,
            "stage": self.stage or "",
            "finding": self.finding or "",
            "q": self.text,
            "sort": "" if self.sort is Sort.NEXT else self.sort,
            **self.clocks.parameters(),
        }
        return {name: text for name, text in told.items() if text}

    @property
    def filtered(self) -> bool:
        """Whether it asks for some models only."""
        return bool(self.catalog or self.provider or self.stage or self.finding or self.text)


def _one_of(kind: type[E], parameters: Mapping[str, str], name: str) -> E | None:
    text = parameters.get(name, "")
    try:
        return kind(text) if text else None
    except ValueError:
        raise FieldUnusable(name, text, f"it is one of {', '.join(kind)}") from None


def _page(text: str) -> int:
    if not text:
        return 1
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= PAGE_MAX:
        raise FieldUnusable("page", text, f"it is a number from 1 to {PAGE_MAX}")
    return int(text)
