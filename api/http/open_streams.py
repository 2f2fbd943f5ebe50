"""How many event streams are read at a time: in all, and by one principal."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from api.http.problems import RETRY_SECONDS, ServiceBusy, TooManyStreams
from api.http.service import Counters


class OpenStreams:
    """Those that are open. It lives on one event loop."""

    def __init__(self, counters: Counters, streams_max: int, of_one_max: int) -> None:
        self._counters = counters
        self._streams_max = streams_max
        self._of_one_max = of_one_max
        self._by_principal: Counter[str] = Counter()

    def check(self, principal: str | None) -> None:
        """Refuse one stream more than there may be; where no credentials are asked for, there is no principal to count.

        Raises:
            TooManyStreams: the principal has as many as one may have.
            ServiceBusy: there are as many as there may be.
        """
        if principal is not None and self._by_principal[principal] >= self._of_one_max:
            detail = f"One sender may read {self._of_one_max} streams at a time. End one, or read several kinds of entries in one."
            raise TooManyStreams(detail=detail, retry_after=RETRY_SECONDS)
        if self._counters.streams_open >= self._streams_max:
            raise ServiceBusy(
                detail="All streams of this service are taken. Read the log in pages, or try again.", retry_after=RETRY_SECONDS
            )

    @contextmanager
    def one(self, principal: str | None) -> Iterator[None]:
        """Count a stream until the block ends."""
        self._counters.streams_open += 1
        if principal is not None:
            self._by_principal[principal] += 1
        try:
            yield
        finally:
            self._counters.streams_open -= 1
            if principal is not None:
                self._by_principal[principal] -= 1
                self._by_principal += Counter()  # leaves out who has none
