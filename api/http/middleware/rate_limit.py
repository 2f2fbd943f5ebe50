"""How often one sender may ask. Each has a bucket of requests that fills again evenly; whoever has emptied it is told when to come back."""

from collections import OrderedDict
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from time import monotonic_ns

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.middleware.refusing import refusal
from api.http.problems import TooManyRequests

SENDERS_MAX = 20_000
"""How many senders are remembered. A bucket that was forgotten is full: who asks from more addresses gets more."""

SECONDS = 60
"""How long an empty bucket takes to be full."""

FULL = SECONDS * 10**9
"""The same in nanoseconds: sums of them are exact."""

_NETWORK_BITS = 64
"""Of an IPv6 address: what a single machine has to itself."""

_PROBES = frozenset({"/healthz", "/readyz"})
"""Never refused: a probe that is would have the service restarted."""


class Buckets:
    """Who has how many requests left, in bounded memory."""

    def __init__(self, per_minute: int, *, senders_max: int = SENDERS_MAX) -> None:
        self._each = FULL // per_minute
        self._senders_max = senders_max
        self._full_at: OrderedDict[str, int] = OrderedDict()
        """When the bucket of a sender will be full again; whoever asked last stands last."""

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, sender: str, now: int) -> int:
        """Take a request out of a bucket, and return in how many nanoseconds it is full; above `FULL`, there was none left to take."""
        kept = self._full_at.get(sender, now)
        full_at = max(kept, now) + self._each
        self._full_at[sender] = full_at if full_at - now <= FULL else kept
        self._full_at.move_to_end(sender)
        if len(self._full_at) > self._senders_max:
            self._full_at.popitem(last=False)
        return full_at - now


class RateLimit:
    """Counts the requests of each principal, and of each address beyond this machine that comes without one. It lives on one event loop."""

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self.app = app
        self._per_minute = per_minute
        self._buckets = Buckets(per_minute)
        self._policy = (b"ratelimit-policy", b'"requests";q=%d;w=%d' % (per_minute, SECONDS))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        sender = sender_of(scope) if scope["type"] == "http" and scope["path"] not in _PROBES else None
        if sender is None:
            await self.app(scope, receive, send)
            return
        full_in = self._buckets.take(sender, monotonic_ns())

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), self._policy, (b"ratelimit", self._left(full_in))]
            await send(message)

        await (self.app if full_in <= FULL else self._refuse)(scope, receive, tell)

    def _left(self, full_in: int) -> bytes:
        full_in = min(full_in, FULL)
        return b'"requests";r=%d;t=%d' % ((FULL - full_in) * self._per_minute // FULL, -(-full_in // 10**9))

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        detail = f"This service takes {self._per_minute} requests a minute from one sender. Ask more slowly, or many questions at once."
        problem = TooManyRequests(detail=detail, retry_after=-(-SECONDS // self._per_minute))
        await (await refusal(scope, problem))(scope, receive, send)


def sender_of(scope: Scope) -> str | None:
    """Return whose bucket a request is taken from: the principal's, else that of its address; none for addresses of this machine."""
    principal: str | None = scope.get("state", {}).get("principal")
    if principal is not None:
        return principal
    client = scope.get("client")
    return _network(client[0]) if client else None


@lru_cache(maxsize=4096)
def _network(host: str) -> str | None:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_loopback:
        return None
    return str(ip_network((address, _NETWORK_BITS), strict=False)) if isinstance(address, IPv6Address) else str(address)
