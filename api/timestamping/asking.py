"""Asking a timestamp authority, over HTTP (RFC 3161, 3.4), for so long and for so much and no more."""

import asyncio
from collections.abc import Sequence

import httpx2
from cryptography.x509 import Certificate, load_pem_x509_certificates

from api.timestamping.errors import AuthorityFailed, AuthorityUnusable
from api.timestamping.settings import CA_FILE_VARIABLE, URL_VARIABLE, TimestampSettings
from domain.proof.timestamps import TOKEN_BYTES_MAX, granted, request_for

TIMEOUT_SECONDS = 15.0
_HEADERS = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
    "Accept-Encoding": "identity",
    "User-Agent": "lifecycle-ledger",
}


def stamp(note: bytes, settings: TimestampSettings, *, seconds: float = TIMEOUT_SECONDS) -> bytes:
    """Ask for a token over a note, and check it. Blocking, outside of any event loop.

    Raises:
        AuthorityUnusable: the settings are not complete, or not right.
        AuthorityFailed: there was no answer, or none with a token, in time.
        TimestampInvalid: the token is not of this note and this request, or nobody who is trusted vouches for it.
        TimestampsNotInstalled: what reads it is not installed.
    """
    roots = roots_of(settings)
    request = request_for(note)
    answer = asyncio.run(_answer(settings.url, request.as_bytes(), seconds))
    return granted(answer, request, note, roots)


def roots_of(settings: TimestampSettings) -> Sequence[Certificate]:
    """Return the certificates that are trusted.

    Raises:
        AuthorityUnusable: there are none.
    """
    try:
        return load_pem_x509_certificates(settings.ca_file.read_bytes())
    except OSError as error:
        raise AuthorityUnusable(CA_FILE_VARIABLE, f"the file cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise AuthorityUnusable(CA_FILE_VARIABLE, "the file holds no certificates in PEM") from error


async def _answer(url: str, query: bytes, seconds: float) -> bytes:
    host = _host(url)
    try:
        async with asyncio.timeout(seconds):  # The client's own is for each step, of which a slow answer has no end.
            async with httpx2.AsyncClient(timeout=seconds, follow_redirects=False, trust_env=False) as client:
                return await _posted(client, url, query, host)
    except (TimeoutError, httpx2.TimeoutException) as error:
        raise AuthorityFailed(host, f"it did not answer within {seconds:g} seconds") from error
    except (httpx2.HTTPError, OSError) as error:
        raise AuthorityFailed(host, "it cannot be reached, or broke off") from error


def _host(url: str) -> str:
    try:
        found = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise AuthorityUnusable(URL_VARIABLE, "it is no address") from error
    if found.scheme not in {"http", "https"} or not found.host:
        raise AuthorityUnusable(URL_VARIABLE, "it is no address of HTTP")
    return found.host


async def _posted(client: httpx2.AsyncClient, url: str, query: bytes, host: str) -> bytes:
    async with client.stream("POST", url, content=query, headers=_HEADERS) as response:
        if not response.is_success:
            raise AuthorityFailed(host, f"it answered with status {response.status_code}")
        answer = b""
        async for part in response.aiter_raw():
            answer += part
            if len(answer) > TOKEN_BYTES_MAX:
                raise AuthorityFailed(host, "its answer is too long for a timestamp")
        return answer
