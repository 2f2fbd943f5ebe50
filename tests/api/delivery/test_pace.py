"""A ceiling on what is sent: so many a second, evenly."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any

import pytest

from api.delivery.pace import Pace


class _Jumping(selectors.DefaultSelector):
    """Does not wait: time goes on by as much as would have been waited."""

    now = 1_000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += max(timeout or 0.0, 0.0)
        return super().select(0)


def jumping(work: Coroutine[Any, Any, None]) -> None:
    """Run on a loop whose clock jumps over every pause."""
    selector = _Jumping()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now  # type: ignore[method-assign]
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(work)


@pytest.mark.parametrize("rate", [0.5, 10.0, 200.0])
def test_those_who_wait_pass_one_after_the_other(rate: float) -> None:
    passed: list[float] = []

    async def worker(pace: Pace) -> None:
        for _ in range(5):
            await pace.wait()
            passed.append(asyncio.get_running_loop().time())

    async def work() -> None:
        pace = Pace(rate)
        await asyncio.gather(*(worker(pace) for _ in range(4)))

    jumping(work())
    assert len(passed) == 20
    assert passed == pytest.approx([1_000 + number / rate for number in range(20)])


def test_a_pause_is_not_made_up_for_by_hurrying() -> None:
    passed: list[float] = []

    async def work() -> None:
        pace = Pace(10.0)
        for pause in (0.0, 100.0, 0.0, 0.0):
            await asyncio.sleep(pause)
            await pace.wait()
            passed.append(asyncio.get_running_loop().time())

    jumping(work())
    assert passed == pytest.approx([1_000.0, 1_100.0, 1_100.1, 1_100.2])


def test_without_a_ceiling_nobody_waits() -> None:
    async def work() -> None:
        pace = Pace(None)
        for _ in range(1_000):
            await pace.wait()
        assert asyncio.get_running_loop().time() == 1_000.0

    jumping(work())
