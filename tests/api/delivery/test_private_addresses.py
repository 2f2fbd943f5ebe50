"""Where webhooks may go: to public addresses, as they were judged, however they are written."""

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.delivery.private_addresses import AddressRefused, Allowed, Destination, check_url, destination, is_public
from tests.api.delivery.letters import run

PRIVATE = {
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fdff::1"],
    "link-local": ["169.254.169.254", "169.254.170.2", "fe80::1", "febf::1"],
    "shared": ["100.64.0.1", "100.127.255.254"],
    "unspecified": ["0.0.0.0", "0.1.2.3", "::"],  # noqa: S104  # is refused
    "broadcast": ["255.255.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "reserved": ["240.0.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "2001:db8::1", "100::1", "4000::1", "fec0::1"],
    "mapped": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:0"],
    "compatible": ["::127.0.0.1", "::10.0.0.1", "::8.8.8.8"],
    "nat64": ["64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1", "64:ff9b:1::808:808"],
    "6to4": ["2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:a00:1::1"],
    "teredo": ["2001:0:808:808:0:0:f5ff:fffe", "2001:0:7f00:1::"],
}
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
UNUSABLE = [
    "",
    "hooks.example",
    "//hooks.example/",
    "/path",
    "https://",
    "https:///path",
    "https:hooks.example",
    "ftp://hooks.example/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "gopher://hooks.example/",
    "https://hooks.example:0/",
    "https://hooks.example:65536/",
    "https://hooks.example:x/",
    "https://[::1/",
    "https://[hooks.example]/",
    "https://user@hooks.example/",
    "https://user:secret@hooks.example/",
    "https://:secret@hooks.example/",
    "https://@hooks.example/",
    "https://hooks.example\\@127.0.0.1/",
    "https://hooks.example /",
    "https://hooks.example/a b",
    "https://hooks.example/\r\nX-Evil: 1",
    "https://hooks.example/\0",
    "https://hooks.example/\N{RIGHT-TO-LEFT OVERRIDE}",
]
ODD_LOOPBACKS = [
    "2130706433",
    "0177.0.0.1",
    "0x7f.1",
    "127.1",
    "0x7f000001",
    "017700000001",
    "localhost",
    "LOCALHOST",
    "\N{FULLWIDTH DIGIT ONE}27.0.0.1",
]


def looked_up(url: str, allowed: Allowed, names: Mapping[str, Sequence[str]]) -> tuple[Destination, list[str]]:
    """Judge an address where names stand for other addresses at each look-up; return it, and what was looked up."""
    asked: list[str] = []

    async def judge() -> Destination:
        asyncio.get_running_loop().getaddrinfo = resolver(names, asked)  # type: ignore[method-assign]
        return await destination(url, allowed)

    return run(judge()), asked


def resolver(names: Mapping[str, Sequence[str]], asked: list[str]) -> Callable[..., Any]:
    async def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        found = names[host][0 if len(names[host]) == 1 else asked.count(host) - 1].split()
        return [(socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    return getaddrinfo


@pytest.mark.parametrize("address", [address for kind in PRIVATE.values() for address in kind])
def test_an_address_of_the_inside_is_refused_unless_it_is_allowed(address: str) -> None:
    assert not is_public(ip_address(address))
    url = f"https://{f'[{address}]' if ':' in address else address}/hook"
    with pytest.raises(AddressRefused):
        check_url(url, Allowed())
    with pytest.raises(AddressRefused):
        looked_up("https://hooks.example/", Allowed(), {"hooks.example": [address]})
    assert check_url(url, Allowed((address,)))
    assert looked_up("https://hooks.example/", Allowed((address,)), {"hooks.example": [address]})[0].host == "hooks.example"


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_everybody_is_taken(address: str) -> None:
    assert is_public(ip_address(address))
    assert check_url(f"https://{f'[{address}]' if ':' in address else address}/hook", Allowed())


@given(st.ip_addresses())
def test_no_address_that_is_public_is_of_a_kind_that_is_not(address: Any) -> None:
    if is_public(address):
        inner = getattr(address, "ipv4_mapped", None) or address
        kinds = (inner.is_loopback, inner.is_private, inner.is_link_local, inner.is_multicast, inner.is_unspecified)
        assert kinds == (False,) * 5


@given(st.ip_addresses(v=4))
def test_an_address_within_another_counts_as_much_as_alone(address: Any) -> None:
    number = int(address)
    for outer in (0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80):
        assert is_public(ip_address(outer.to_bytes(16))) <= is_public(address)


@pytest.mark.parametrize("url", UNUSABLE, ids=ascii)
def test_what_is_no_address_of_a_webhook_is_refused_before_anything_is_looked_up(url: str) -> None:
    for allowed in (Allowed(), Allowed(("0.0.0.0/0", "::/0"), http=True)):
        with pytest.raises(AddressRefused) as refused:
            looked_up(url, allowed, {})
        assert "secret" not in refused.value.sentence


@pytest.mark.parametrize("host", ["x" * 64 + ".example", "a..example", "\N{PILE OF POO}.\N{SOFT HYPHEN}.example", "." * 3])
def test_a_name_that_no_host_can_have_is_refused(host: str) -> None:
    with pytest.raises(AddressRefused):
        looked_up(f"https://{host}/", Allowed(), {})


@pytest.mark.parametrize("host", ODD_LOOPBACKS)
def test_the_loopback_is_refused_however_it_is_written(host: str) -> None:
    """By the machine's own look-up, which knows all the ways."""

    async def judge() -> None:
        with pytest.raises(AddressRefused):
            await destination(f"https://{host}/", Allowed())

    run(judge())


@pytest.mark.parametrize(
    "found",
    ["10.0.0.1", "8.8.8.8 10.0.0.1", "10.0.0.1 8.8.8.8", "2606:4700::1111 ::1", "fe80::1%eth0", "::ffff:169.254.169.254"],
)
def test_a_name_is_refused_if_any_of_its_addresses_is_private(found: str) -> None:
    with pytest.raises(AddressRefused):
        looked_up("https://hooks.example/", Allowed(), {"hooks.example": [found]})


def test_a_name_is_looked_up_once_and_the_address_that_was_judged_is_the_one_to_connect_to() -> None:
    where, asked = looked_up("https://hooks.example/a?b=1#c", Allowed(), {"hooks.example": ["8.8.8.8", "127.0.0.1"]})
    assert where == Destination("https", "hooks.example", 443, "8.8.8.8", "/a?b=1")
    assert (where.url, where.host_header) == ("https://8.8.8.8:443/a?b=1", "hooks.example")
    assert asked == ["hooks.example"]


@pytest.mark.parametrize(
    ("url", "address", "connected", "header"),
    [
        ("https://hooks.example", "8.8.8.8", "https://8.8.8.8:443/", "hooks.example"),
        ("https://HOOKS.example:8443/", "8.8.8.8", "https://8.8.8.8:8443/", "hooks.example:8443"),
        ("https://hooks.example/", "2606:4700::1111", "https://[2606:4700::1111]:443/", "hooks.example"),
        ("https://[2606:4700::1111]:8443/", "2606:4700::1111", "https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443"),
        ("https://bücher.example/ü", "8.8.8.8", "https://8.8.8.8:443/ü", "xn--bcher-kva.example"),
    ],
)
def test_the_name_stays_in_the_header_where_the_address_is_connected_to(url: str, address: str, connected: str, header: str) -> None:
    host = header.removesuffix(":8443").strip("[]")
    where, _ = looked_up(url, Allowed(), {host: [address]})
    assert (where.url, where.host_header) == (connected, header)


def test_without_tls_only_where_that_is_allowed() -> None:
    with pytest.raises(AddressRefused):
        check_url("http://hooks.example/", Allowed(("hooks.example",)))
    assert check_url("http://hooks.example/", Allowed(http=True))
    with pytest.raises(AddressRefused):
        check_url("http://127.0.0.1/", Allowed(http=True))


@pytest.mark.parametrize("entry", ["10.0.0.0/8", "10.1.2.3", "10.1.2.0/16", "hooks.internal", "HOOKS.internal"])
def test_a_network_or_a_host_can_be_allowed(entry: str) -> None:
    looked_up("https://hooks.internal/", Allowed((entry,)), {"hooks.internal": ["10.1.2.3"]})
    with pytest.raises(AddressRefused):
        looked_up("https://other.internal/", Allowed((entry,)), {"other.internal": ["192.168.0.1"]})


def test_a_host_that_is_allowed_allows_no_other() -> None:
    for host in ("hooks.internal.evil.example", "evil-hooks.internal", "internal", "10.0.0.1"):
        with pytest.raises(AddressRefused):
            looked_up(f"https://{host}/", Allowed(("hooks.internal",)), {host: ["10.0.0.1"]})


@given(st.text(max_size=60), st.sampled_from(["", "https://", "https://hooks.example/", "https://127.0.0.1", "https://[::1]"]))
def test_any_text_is_judged_or_refused(text: str, before: str) -> None:
    try:
        parts = check_url(f"{before}{text}", Allowed())
    except AddressRefused:
        return
    assert parts.scheme == "https"
    assert parts.hostname
    assert parts.hostname not in {"127.0.0.1", "::1"}
