"""Figures read back: what is drawn where."""

from dataclasses import dataclass
from xml.etree import ElementTree as ET


@dataclass(frozen=True)
class Drawn:
    """A figure as XML."""

    root: ET.Element

    def all(self, tag: str) -> list[ET.Element]:
        """Every element of a kind, in order."""
        return [element for element in self.root.iter() if element.tag.rpartition("}")[2] == tag]

    def words(self, tag: str = "text") -> list[str]:
        return ["".join(element.itertext()) for element in self.all(tag)]

    def rects(self) -> list[tuple[str, float, float]]:
        """The class, left and right end of each rectangle of a stage."""
        found = [(e.get("class", ""), float(e.get("x", "0")), float(e.get("width", "0"))) for e in self.all("rect")]
        return [(name, left, left + width) for name, left, width in found if name.startswith("s-")]


def drawn(svg: str) -> Drawn:
    """Read a figure; it must be XML."""
    return Drawn(ET.fromstring(svg))  # our own
