"""What a browser is told with every answer: to take it for what it says it is, to show it nowhere else, to run nothing of it."""

from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import PROBLEMS_PATH

Header = tuple[bytes, bytes]

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The policy of an answer that is no page. Pages have policies of their own."""

_EXPLAINED = NOTHING + "; style-src 'unsafe-inline'"
"""That of the pages that explain problems: their styles stand in their tags."""

_ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_POLICY = b"content-security-policy"
_KEPT = b"cache-control"
_PERSONAL = ("/v1/notices", "/v1/subscriptions", "/v1/people", "/v1/directory")
"""Under these paths stands who was told, and who has which role."""


class SecurityHeaders:
    """Adds them to all answers, those of failures too."""

    def __init__(self, app: ASGIApp, hsts_seconds: int) -> None:
        """`hsts_seconds`: how long browsers are to use TLS alone, where it stands before the service; 0 where it does not."""
        self.app = app
        hsts = ((b"strict-transport-security", b"max-age=%d" % hsts_seconds),) if hsts_seconds else ()
        self._headers = (*_ALWAYS, *hsts, (_POLICY, NOTHING.encode()))
        self._of_problems = (*_ALWAYS, *hsts, (_POLICY, _EXPLAINED.encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._protected(scope["path"], message.get("headers", ()))
            await send(message)

        await self.app(scope, receive, tell)

    def _protected(self, path: str, headers: Sequence[Header]) -> list[Header]:
        if path.startswith(_PERSONAL):
            headers = [*(header for header in headers if header[0] != _KEPT), (_KEPT, b"no-store")]
        ours = self._of_problems if path.startswith(PROBLEMS_PATH) else self._headers
        names = [name for name, _ in headers]
        if _POLICY in names:
            ours = tuple(header for header in ours if header[0] not in names)
        return [*headers, *ours]
