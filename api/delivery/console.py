"""Notices as lines on a terminal, to see what would go out: who is told stays unsaid."""

from collections.abc import Callable, Sequence

from api.delivery.notice import Outgoing
from api.delivery.outcome import Sent
from api.delivery.text import text_of
from domain.clock import Clock, system_clock
from domain.notices.events import Result

NAME = "console"


class ConsoleChannel:
    """Says each notice in a line."""

    name = NAME

    def __init__(self, say: Callable[[str], None], clock: Clock = system_clock) -> None:
        self._say = say
        self._clock = clock

    async def send(self, batch: Sequence[Outgoing], done: Callable[[Sent], None]) -> None:
        """Say a batch."""
        for outgoing in batch:
            self._say(f"notice {outgoing.key}: {text_of(outgoing.opened).headline}")
            done(Sent(outgoing, Result.ACCEPTED, self._clock(), NAME, "said"))

    async def close(self) -> None:
        """There is nothing to let go of."""
