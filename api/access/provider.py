"""The identity provider: its discovery document and its keys, fetched within bounds and from nowhere else."""

import asyncio
import json
from typing import Any

import httpx2

from api.access.oidc_settings import trusted_address

TIMEOUT_SECONDS = 5.0
BYTES_MAX = 2**18
DISCOVERY = "/.well-known/openid-configuration"
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "lifecycle-ledger"}


class ProviderFailed(Exception):
    """The provider did not give what was asked for."""


async def fetch_keys(issuer: str) -> list[dict[str, Any]]:
    """Return the provider's present keys, as JSON Web Keys.

    Raises:
        ProviderFailed: it cannot be reached, or says something else.
    """
    found = await _fetch(issuer.rstrip("/") + DISCOVERY)
    if found.get("issuer") != issuer:
        raise ProviderFailed("its discovery document names another issuer")
    try:
        address = trusted_address(str(found.get("jwks_uri")))
    except ValueError as error:
        raise ProviderFailed(f"the address of its keys cannot be used: {error}") from None
    keys = (await _fetch(address)).get("keys")
    if not isinstance(keys, list):
        raise ProviderFailed("it names no keys")
    return [key for key in keys if isinstance(key, dict)]


async def _fetch(url: str) -> dict[str, Any]:
    try:
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),  # The client's own is for each step, of which a slow answer has no end.
            httpx2.AsyncClient(follow_redirects=False, timeout=TIMEOUT_SECONDS, headers=_HEADERS) as client,
            client.stream("GET", url) as response,
        ):
            content = await _body(response)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise ProviderFailed(f"it cannot be reached ({type(error).__name__})") from None
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise ProviderFailed("it answers with no JSON") from None
    if not isinstance(found, dict):
        raise ProviderFailed("it answers with no JSON object")
    return found


async def _body(response: httpx2.Response) -> bytes:
    if response.status_code != httpx2.codes.OK:
        raise ProviderFailed(f"it answers {response.status_code}")
    content = b""
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > BYTES_MAX:
            raise ProviderFailed("its answer is too long")
    return content
