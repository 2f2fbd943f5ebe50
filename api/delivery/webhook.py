"""Webhooks: a signed CloudEvent (Standard Webhooks), sent to the very address that was judged, following no redirect."""

import asyncio
import json
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime

import httpx2
from standardwebhooks.webhooks import Webhook

from api.delivery.notice import Outgoing, WebhookTarget
from api.delivery.outcome import Sent
from api.delivery.private_addresses import AddressRefused, Allowed, destination
from api.delivery.text import text_of
from domain.clock import Clock, system_clock
from domain.instants import format_instant
from domain.notices.events import Result

NAME = "webhook"
TYPE = "lifecycle-ledger.notice.v1"
CONNECTIONS = 8
TIMEOUT_SECONDS = 15.0
_BODY_BYTES_MAX = 65_536
_LATER = frozenset({408, 425, 429})
_REFERENCES = ("webhook-response-id", "x-request-id")


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
        self._client = httpx2.AsyncClient(
            timeout=timeout, follow_redirects=False, trust_env=False, verify=verify, limits=httpx2.Limits(max_connections=CONNECTIONS)
        )
        self._turns = asyncio.Semaphore(CONNECTIONS)

    async def send(self, batch: Sequence[Outgoing], done: Callable[[Sent], None]) -> None:
        """Send a batch, and tell of each as soon as the receiver has answered."""

        async def send_one(outgoing: Outgoing) -> None:
            async with self._turns:
                done(await self._send(outgoing))

        await asyncio.gather(*map(send_one, batch))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _send(self, outgoing: Outgoing) -> Sent:
        to = outgoing.to
        if not isinstance(to, WebhookTarget):
            return self._sent(outgoing, Result.PERMANENT, "no_webhook")
        handed_over = False
        try:
            where = await destination(to.url, self._allowed)
            now = self._clock()
            body = json.dumps(cloud_event(outgoing, self._source, now), ensure_ascii=False)
            headers = {
                "Content-Type": "application/cloudevents+json",
                "Host": where.host_header,
                "User-Agent": "lifecycle-ledger",
                "webhook-id": outgoing.key,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": Webhook(to.secret).sign(outgoing.key, now, body),
            }
            request = self._client.build_request(
                "POST", where.url, content=body.encode(), headers=headers, extensions={"sni_hostname": where.host}
            )
            handed_over = True
            response = await self._client.send(request, stream=True)
            try:
                await _drained(response)
            finally:
                await response.aclose()
        except AddressRefused:
            return self._sent(outgoing, Result.PERMANENT, "address_refused")
        except (httpx2.ConnectError, httpx2.ConnectTimeout, OSError):
            return self._sent(outgoing, Result.TRANSIENT, "unreachable")
        except httpx2.HTTPError:
            return self._sent(outgoing, Result.UNKNOWN if handed_over else Result.TRANSIENT, "disconnected")
        return self._judged(outgoing, response)

    def _judged(self, outgoing: Outgoing, response: httpx2.Response) -> Sent:
        status = response.status_code
        reference = next((response.headers[name][:100] for name in _REFERENCES if name in response.headers), None)
        if response.is_success:
            return self._sent(outgoing, Result.ACCEPTED, str(status), reference)
        if status in _LATER or response.is_server_error:
            return self._sent(outgoing, Result.TRANSIENT, str(status), reference, _retry_after(response))
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


async def _drained(response: httpx2.Response) -> None:
    """Read the answer, which says nothing to us, as far as it is short: so that the connection can be used again."""
    length = 0
    async for part in response.aiter_raw():
        length += len(part)
        if length > _BODY_BYTES_MAX:
            return


def _retry_after(response: httpx2.Response) -> float | None:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdecimal() else None
