"""Works that go on at the same time end together, however they end."""

import asyncio

import pytest

from api.delivery.together import together
from tests.api.delivery.letters import run


async def _deaf(begun: asyncio.Event, times: int) -> None:
    """Wait, and swallow the first cancellations, as `asyncio.wait_for` may."""
    begun.set()
    while times:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            times -= 1
    await asyncio.Event().wait()


@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_work_that_swallows_a_cancellation_is_ended_all_the_same(times: int) -> None:
    async def cancelled() -> set["asyncio.Task[None]"]:
        begun = asyncio.Event()
        task = asyncio.create_task(together([_deaf(begun, times), _deaf(asyncio.Event(), 0)]))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert run(cancelled()) == set()


def test_one_that_fails_ends_the_others() -> None:
    async def failing(begun: asyncio.Event) -> None:
        await begun.wait()
        raise OSError("disk full")

    async def both() -> None:
        begun = asyncio.Event()
        await together([_deaf(begun, 1), failing(begun)])

    with pytest.raises(OSError, match="disk full"):
        run(both())


def test_nothing_to_do_is_done_at_once() -> None:
    run(together([]))
