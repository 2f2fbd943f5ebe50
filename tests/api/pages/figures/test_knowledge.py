"""The figure of two clocks: a row for each stretch of knowledge, the answer where the lines meet."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest

from api.pages.figures.bands import Band, Floor
from api.pages.figures.knowledge import HEIGHT_MAX, ROW_MIN, ROWS_MAX, KnowledgeStrip, believed, knowledge_svg
from api.pages.figures.scale import Scale
from domain.rules.answers import Status
from domain.stages import Stage
from tests.api.pages.figures.drawn import Drawn, drawn
from tests.spec import at

PREVIEW, GA, LEGACY, DEPRECATED, RETIRED = Stage
SCALE = Scale(at("2024-01-01"), at("2026-01-01"), 520)
LISTED, ANNOUNCED = at("2024-02-26"), at("2024-11-22")


def strips_of(count: int) -> Sequence[KnowledgeStrip]:
    """A listing, and then dates that move with each announcement."""
    days = [LISTED + timedelta(days=5 * place) for place in range(count)]
    plans = [(LISTED, at("2024-11-30") + timedelta(days=place), at("2025-04-15") + timedelta(days=place)) for place in range(count)]
    return [
        KnowledgeStrip(day, end, [Band(None, a, Status.NOT_LISTED), Band(a, b, GA), Band(b, c, DEPRECATED), Band(c, None, RETIRED)])
        for day, end, (a, b, c) in zip(days, [*days[1:], None], plans, strict=True)
    ]


BEFORE = KnowledgeStrip(LISTED, ANNOUNCED, [Band(None, LISTED, Status.NOT_LISTED), Band(LISTED, None, GA)])
SINCE = KnowledgeStrip(ANNOUNCED, None, [Band(None, at("2025-01-15"), GA), Band(at("2025-01-15"), None, DEPRECATED)])


def figure(strips: Sequence[KnowledgeStrip], known_at: str = "2025-01-20") -> Drawn:
    return drawn(knowledge_svg(strips, SCALE, valid_at=at("2025-01-20"), known_at=at(known_at)))


@pytest.mark.parametrize(
    ("known_at", "stage"),
    [("2025-01-20", "Deprecated"), ("2024-11-22", "Deprecated"), ("2024-11-21", "Generally available"), ("2024-01-01", "Not known then")],
)
def test_the_answer_is_where_the_lines_meet(known_at: str, stage: str) -> None:
    assert figure([BEFORE, SINCE], known_at).words("desc")[0].endswith(f": {stage}.")


def test_later_knowledge_lies_higher_beside_its_day() -> None:
    told = figure([BEFORE, SINCE])
    places = {"".join(e.itertext()): float(e.get("y", "0")) for e in told.all("text")}
    assert places["22 Nov 2024"] < places["26 Feb 2024"]


def test_the_row_of_what_was_known_is_framed() -> None:
    def framed(known_at: str) -> tuple[float, float]:
        frame = next(e for e in figure([BEFORE, SINCE], known_at).all("rect") if e.get("class") == "mark")
        return float(frame.get("y", "0")), float(frame.get("height", "0"))

    assert [framed(day) for day in ("2025-01-20", "2024-03-01", "2024-01-01")] == [(0, 22), (22, 22), (44, 0)]


@pytest.mark.parametrize("count", [1, 2, 16, 60, 61, 200])
def test_rows_stay_high_enough_and_the_figure_low_enough(count: int) -> None:
    told = figure(strips_of(count), "2024-12-01")
    heights = [float(e.get("height", "0")) for e in told.all("rect")]
    assert all(height >= ROW_MIN for height in heights)
    assert float(told.root.get("viewBox", "").split()[3]) <= HEIGHT_MAX + 60
    note = [words for words in told.words() if "are shown" in words]
    assert note == ([f"{ROWS_MAX} of {count} moments of knowledge are shown"] if count > ROWS_MAX else [])


@pytest.mark.parametrize("known_at", ["2024-02-26", "2025-06-01", "2030-01-01"])
def test_the_rows_that_are_shown_hold_the_one_that_is_asked_about(known_at: str) -> None:
    frame = next(e for e in figure(strips_of(200), known_at).all("rect") if e.get("class") == "mark")
    assert float(frame.get("height", "0")) == ROW_MIN


def test_rows_too_low_for_letters_share_them() -> None:
    letters = "".join(figure(strips_of(60)).words())
    assert all(letters.count(letter) >= 10 for letter in "GDR")


def test_days_beside_low_rows_stand_apart() -> None:
    group = figure(strips_of(60)).all("g")[0]
    places = sorted(float(e.get("y", "0")) for e in group)
    assert min(b - a for a, b in pairwise(places)) >= 11


def test_floors_are_dashed_in_the_row_that_knew_them() -> None:
    floored = KnowledgeStrip(ANNOUNCED, None, SINCE.bands, [Floor(at("2025-04-03"), RETIRED)])
    assert [e.get("d") for e in figure([BEFORE, floored]).all("path") if e.get("class") == "floor"] == ["M325.8 0v22"]


def test_nothing_known_is_a_figure_too() -> None:
    assert figure([]).words("desc")[0].endswith("Not known then.")


@pytest.mark.parametrize(("day", "stage"), [("2025-01-14", GA), ("2025-01-15", DEPRECATED), ("2000-01-01", GA)])
def test_a_band_holds_from_its_beginning_up_to_its_end(day: str, stage: Stage) -> None:
    assert believed(SINCE, at(day)) is stage
