"""How often somebody may fail to sign in: a few times a minute from one address."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from time import monotonic

from starlette.requests import Request

from api.http.middleware.rate_limit import SECONDS, sender_of
from api.http.problems import TooManyRequests

PER_MINUTE = 10
ADDRESSES_MAX = 20_000


@dataclass
class Failures:
    """The latest failures by address, in bounded memory."""

    _at: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)

    def refuse_more(self, address: str) -> None:
        """Refuse another attempt from where too many have failed.

        Raises:
            TooManyRequests: try again in a while.
        """
        failed = self._at.get(address)
        if failed is not None and len(failed) == PER_MINUTE and monotonic() - failed[0] < SECONDS:
            left = int(SECONDS - (monotonic() - failed[0])) + 1
            detail = f"Signing in failed {PER_MINUTE} times within a minute. Try again in {left} seconds."
            raise TooManyRequests(detail=detail, retry_after=left)

    def count(self, address: str) -> None:
        """Take note of a failure."""
        self._at.setdefault(address, deque(maxlen=PER_MINUTE)).append(monotonic())
        self._at.move_to_end(address)
        if len(self._at) > ADDRESSES_MAX:
            self._at.popitem(last=False)


def failures_of(request: Request) -> Failures:
    """Return the failures at an application, kept as long as it is."""
    state = request.app.state
    found: Failures | None = getattr(state, "sign_in_failures", None)
    if found is None:
        found = state.sign_in_failures = Failures()
    return found


def address_of(request: Request) -> str:
    """Return whose failures count together; here those of this machine count, too."""
    return sender_of({"client": request.scope.get("client")}) or (request.client.host if request.client else "")
