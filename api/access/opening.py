"""Opening what a service checks credentials by, and what it must not do without any."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from api.access.access_tokens import AccessTokens
from api.access.code_flow import CodeFlow
from api.access.credentials import Credentials
from api.access.errors import AddressOpen
from api.access.key_file import KeyFile, access_path
from api.access.key_ring import KeyRing
from api.access.oidc_settings import OidcSettings, is_loopback
from api.access.provider import fetch_keys
from api.access.sealing import Seal
from api.access.sessions import Sessions, session_key_path
from api.access.signing_keys import SigningKeys


@contextmanager
def credentials_of(ledger: Path, settings: OidcSettings) -> Iterator[Credentials]:
    """Open the keys of a ledger; their file is made where there is none, so that a key that is made later is noticed at once.

    Raises:
        AccessFileFault: the file cannot be used.
        SessionKeyInvalid: the key of sessions cannot be used.
    """
    sessions = Sessions(Seal.load(session_key_path(ledger)))
    signing = SigningKeys(partial(fetch_keys, settings.issuer)) if settings.issuer else None
    tokens = AccessTokens(settings, signing) if signing else None
    with KeyFile(access_path(ledger)) as file:
        yield Credentials(KeyRing(file), tokens, sessions, CodeFlow(settings, signing) if signing and settings.signs_in else None)


def refuse_open_address(listener: socket.socket, host: str, ledger: Path | None, settings: OidcSettings) -> None:
    """Refuse to listen beyond this machine where nobody would be asked for a credential. Nothing is made.

    Raises:
        AddressOpen: nobody would.
        AccessFileFault: the file of the keys cannot be used.
    """
    if settings.issuer is None and not _has_keys(ledger) and not is_loopback(str(listener.getsockname()[0])):
        raise AddressOpen(host)


def _has_keys(ledger: Path | None) -> bool:
    if ledger is None or not access_path(ledger).exists():
        return False
    with KeyFile(access_path(ledger)) as file:
        return bool(file.keys())
