"""Where a service may listen: beyond this machine only where senders are asked for a credential."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api.access.errors import AddressOpen
from api.access.key_file import KeyFile, access_path
from api.access.oidc_settings import OidcSettings, is_loopback
from api.access.opening import credentials_of, refuse_open_address
from tests.api.access.guarded import made_key
from tests.ledgers import HandClock

NONE, SET = OidcSettings(), OidcSettings(issuer="https://login.example.com", audience="api")


@pytest.fixture
def everywhere() -> Iterator[socket.socket]:
    with closing(socket.create_server(("0.0.0.0", 0))) as found:  # noqa: S104
        yield found


def refused(listener: socket.socket, ledger: Path | None, settings: OidcSettings) -> bool:
    try:
        refuse_open_address(listener, "everywhere", ledger, settings)
    except AddressOpen:
        return True
    return False


def test_beyond_this_machine_it_takes_a_key_or_an_issuer(everywhere: socket.socket, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.db"
    assert refused(everywhere, ledger, NONE)
    assert refused(everywhere, None, NONE)
    assert not access_path(ledger).exists()
    assert not refused(everywhere, ledger, SET)
    with KeyFile(access_path(ledger)) as file:
        assert refused(everywhere, ledger, NONE), "a file without a key is none"
        made_key(file, "ci", "read", clock=HandClock())
    assert not refused(everywhere, ledger, NONE)


def test_on_this_machine_it_takes_nothing(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as here:
        assert not refused(here, tmp_path / "ledger.db", NONE)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("10.0.0.1", False),
        ("fe80::1%eth0", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("", False),
    ],
)
def test_what_is_of_this_machine_alone(host: str, *, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_credentials_are_set_up_by_an_issuer_or_by_the_first_key(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.db"
    with credentials_of(ledger, SET) as credentials:
        assert credentials.are_set_up
    with credentials_of(ledger, NONE) as credentials:
        assert not credentials.are_set_up
        with KeyFile(access_path(ledger)) as file:
            made_key(file, "ci", "read", clock=HandClock())
    with credentials_of(ledger, NONE) as credentials:
        assert credentials.are_set_up
