"""The identity provider: its discovery document, its keys and its tokens, fetched within bounds and from nowhere else."""

import asyncio
import json
from collections.abc import Mapping
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
    address = address_in(await discovered(issuer), "jwks_uri")
    keys = (await _fetch(address)).get("keys")
    if not isinstance(keys, list):
        raise ProviderFailed("it names no keys")
    return [key for key in keys if isinstance(key, dict)]


async def discovered(issuer: str) -> dict[str, Any]:
    """Return the provider's discovery document.

    Raises:
        ProviderFailed: it cannot be reached, or says something else.
    """
    found = await _fetch(issuer.rstrip("/") + DISCOVERY)
    if found.get("issuer") != issuer:
        raise ProviderFailed("its discovery document names another issuer")
    return found


def address_in(document: Mapping[str, Any], name: str) -> str:
    """Return an address that a discovery document gives.

    Raises:
        ProviderFailed: it gives none that can be trusted.
    """
    try:
        return trusted_address(str(document.get(name)))
    except ValueError as error:
        raise ProviderFailed(f"its address {name} cannot be used: {error}") from None


async def exchange(address: str, form: Mapping[str, str], client: tuple[str, str] | None) -> dict[str, Any]:
    """Send a form to the provider's token endpoint, and return what it answers; `client`: name and secret to authenticate with.

    Raises:
        ProviderFailed: it cannot be reached, or refuses.
    """
    return await _fetch(address, form, client)


async def _fetch(url: str, form: Mapping[str, str] | None = None, basic: tuple[str, str] | None = None) -> dict[str, Any]:
    try:
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),  # The client's own is for each step, of which a slow answer has no end.
            httpx2.AsyncClient(follow_redirects=False, timeout=TIMEOUT_SECONDS, headers=_HEADERS, auth=basic) as client,
            client.stream("GET" if form is None else "POST", url, data=form) as response,
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
