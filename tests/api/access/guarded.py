"""A service that asks for credentials, and keys for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from starlette.testclient import TestClient

from api.access.access_tokens import AccessTokens
from api.access.api_key import ApiKey
from api.access.code_flow import CodeFlow
from api.access.credentials import Credentials
from api.access.key_file import KeyFile
from api.access.key_ring import KeyRing
from api.access.scopes import Grant
from api.access.sessions import Sessions
from api.access.tokens import hashed, new_token
from api.http.app import create_app
from api.http.settings import HttpSettings
from domain.clock import Clock
from tests.api.http.apps import Site, site


def made_key(file: KeyFile, name: str, *scopes: str, clock: Clock, prefix: str | None = None, expires_in_days: float | None = None) -> str:
    """Keep a key, and return its token."""
    token, own = new_token()
    if prefix is not None:
        token, own = token.replace(own, prefix, 1), prefix
    now = clock()
    expires_at = None if expires_in_days is None else now + timedelta(days=expires_in_days)
    file.add(ApiKey(name, own, hashed(token), frozenset(map(Grant.parse, scopes)), now, expires_at))
    return token


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@dataclass
class Guarded:
    """The site, with a file of keys."""

    site: Site
    file: KeyFile
    ring: KeyRing

    def key(self, name: str, *scopes: str, prefix: str | None = None, expires_in_days: float | None = None) -> dict[str, str]:
        """Make a key, and return the header that sends it."""
        return bearer(made_key(self.file, name, *scopes, clock=self.site.clock, prefix=prefix, expires_in_days=expires_in_days))


@contextmanager
def guarded(folder: Path, tokens: AccessTokens | None = None, code_flow: CodeFlow | None = None) -> Iterator[Guarded]:
    """Serve a ledger in memory with a file of keys; a second connection is what the command line would be."""
    with site() as found, KeyFile(folder / "ledger.access.db") as file, KeyFile(folder / "ledger.access.db") as theirs:
        ring = KeyRing(file, found.clock, look_seconds=0)
        app = create_app(
            found.service, HttpSettings(allowed_hosts=("testserver",)), Credentials(ring, tokens, Sessions(clock=found.clock), code_flow)
        )
        with TestClient(app, raise_server_exceptions=True) as client:
            yield Guarded(replace(found, app=app, client=client), theirs, ring)
