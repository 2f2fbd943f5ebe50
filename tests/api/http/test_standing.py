"""Views that stand still while the log grows."""

from unittest.mock import patch

from api.http import answers
from api.http.routes import health
from api.http.standing import STILL_SECONDS, Marks
from tests.api.http.apps import site

BEHIND = answers.ViewHealth(view="upcoming", position=7, lag=1, stopped_at=None, reason=None)


def test_a_view_is_still_from_when_it_was_first_seen_where_it_stands_with_more_to_take_in() -> None:
    marks = Marks()
    told = [
        marks.still("a", position, lag, now)
        for position, lag, now in ((5, 0, 0), (5, 2, 10), (5, 3, 30), (6, 2, 40), (6, 0, 50), (6, 1, 70))
    ]
    assert told == [0, 0, 20, 0, 0, 0]


def test_each_view_is_looked_at_by_itself() -> None:
    marks = Marks()
    assert [marks.still(view, 1, 1, now) for view, now in (("a", 0), ("b", 5), ("a", 9), ("b", 9))] == [0, 0, 9, 4]


def test_a_service_with_a_view_that_stands_still_is_not_ready() -> None:
    with site() as found, patch.object(health, "_views", return_value=[BEHIND]), patch.object(health, "monotonic") as clock:
        clock.return_value = 100.0
        assert found.get("/readyz").json()["ready"]
        clock.return_value += STILL_SECONDS + 1
        told = found.get("/readyz", 503).json()
    assert told["reasons"] == ["The view upcoming has stood at entry 7 for 61 seconds, with entries before it."]
