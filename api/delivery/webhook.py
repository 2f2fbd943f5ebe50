"""Webhooks: a signed CloudEvent (Standard Webhooks), sent to the very address that was judged, following no redirect."""

import asyncio
import json
import re
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2
from standardwebhooks.webhooks import Webhook

from api.delivery.notice import Outgoing, WebhookTarget
from api.delivery.outcome import Sent
from api.delivery.private_addresses import AddressRefused, Allowed, Destination, destination
from api.delivery.text import text_of
from api.delivery.together import together
from domain.clock import Clock, system_clock
from domain.instants import format_instant
from domain.notices.events import Result

NAME = "webhook"
TYPE = "lifecycle-ledger.notice.v1"
CONNECTIONS = 8
TIMEOUT_SECONDS = 15.0
_LATER = frozenset({408, 425, 429})
_REFERENCES = ("webhook-response-id", "x-request-id")
_REFERENCE = re.compile(r"[A-Za-z0-9._:+/=-]{1,100}")
_RETRY_SECONDS_MAX = 86_400.0
"""A receiver that asks for more is asked again after a day."""


class WebhookChannel:
    """Sends notices to subscriptions' own addresses."""

    name = NAME

    def __init__(
        self,
        allowed: Allowed,
        source: str,
        clock: Clock = system_clock,
        *,
        timeout: float = TIMEOUT_SECONDS,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        """`source` is the CloudEvents source: whose ledger speaks."""
        self._allowed = allowed
        self._source = source
        self._clock = clock
        self._timeout = timeout
        # Receivers share nothing: two names at one address would share a connection, whose certificate is the first one's, and cookies.
        self._client = httpx2.AsyncClient(
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            verify=verify,
            limits=httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=0),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )
        self._turns = asyncio.Semaphore(CONNECTIONS)

    async def send(self, batch: Sequence[Outgoing], done: Callable[[Sent], None]) -> None:
        """Send a batch, and tell of each as soon as the receiver has answered."""

        async def send_one(outgoing: Outgoing) -> None:
            async with self._turns:
                done(await self._send(outgoing))

        await together(map(send_one, batch))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _send(self, outgoing: Outgoing) -> Sent:
        to, handed_over = outgoing.to, False
        if not isinstance(to, WebhookTarget):
            return self._sent(outgoing, Result.PERMANENT, "no_webhook")
        try:
            async with asyncio.timeout(2 * self._timeout):  # The client's own is for each step, of which a slow answer has no end.
                where = await destination(to.url, self._allowed)
                request = self._request(outgoing, to.secret, where)
                handed_over = True
                response = await self._client.send(request, stream=True)
        except (AddressRefused, httpx2.InvalidURL):
            return self._sent(outgoing, Result.PERMANENT, "address_refused")
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            return self._sent(outgoing, Result.TRANSIENT, "unreachable")
        except (httpx2.HTTPError, OSError):
            if handed_over:
                return self._sent(outgoing, Result.UNKNOWN, "disconnected")
            return self._sent(outgoing, Result.TRANSIENT, "unreachable")
        await response.aclose()  # Its status says all: the body is not read.
        return self._judged(outgoing, response)

    def _request(self, outgoing: Outgoing, secret: str, where: Destination) -> httpx2.Request:
        now = self._clock()
        body = json.dumps(cloud_event(outgoing, self._source, now))
        headers = {
            "Content-Type": "application/cloudevents+json",
            "Host": where.host_header,
            "User-Agent": "lifecycle-ledger",
            "webhook-id": outgoing.key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(outgoing.key, now, body),
        }
        return self._client.build_request(
            "POST", where.url, content=body.encode(), headers=headers, extensions={"sni_hostname": where.host}
        )

    def _judged(self, outgoing: Outgoing, response: httpx2.Response) -> Sent:
        status = response.status_code
        reference = _reference(response)
        if response.is_success:
            return self._sent(outgoing, Result.ACCEPTED, str(status), reference)
        if status in _LATER or response.is_server_error:
            return self._sent(outgoing, Result.TRANSIENT, str(status), reference, _retry_after(response, self._clock()))
        return self._sent(outgoing, Result.PERMANENT, str(status), reference)

    def _sent(self, outgoing: Outgoing, result: Result, code: str, reference: str | None = None, retry_after: float | None = None) -> Sent:
        return Sent(outgoing, result, self._clock(), NAME, code, reference, retry_after=retry_after)


def cloud_event(outgoing: Outgoing, source: str, now: datetime) -> dict[str, object]:
    """Write a notice as a CloudEvent 1.0. It holds no personal data."""
    opened, told = outgoing.opened, text_of(outgoing.opened)
    content = opened.model_dump(
        mode="json", include={"after", "before", "cause", "key", "name", "opened_at", "provider", "replacements", "scope"}
    )
    return {
        "specversion": "1.0",
        "id": outgoing.key,
        "source": source,
        "type": TYPE,
        "subject": told.subject,
        "time": format_instant(now),
        "datacontenttype": "application/json",
        "data": {
            **content,
            "headline": told.headline,
            "run": outgoing.run,
            "subscriptions": [place.subscription for place in outgoing.places],
            "link": opened.link,
            "ledger_url": outgoing.ledger_url,
        },
    }


def _reference(response: httpx2.Response) -> str | None:
    """Return the receiver's own name for the message, where it is a name and nothing else."""
    said = (response.headers[name] for name in _REFERENCES if name in response.headers)
    return next((name for name in said if _REFERENCE.fullmatch(name)), None)


def _retry_after(response: httpx2.Response, now: datetime) -> float | None:
    """Return the seconds that a receiver asks for, as a number or as a date (RFC 9110)."""
    text = response.headers.get("retry-after", "")
    if text.isascii() and text.isdecimal():
        return min(float(text), _RETRY_SECONDS_MAX)
    try:
        seconds = (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), _RETRY_SECONDS_MAX)
