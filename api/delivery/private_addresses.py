"""Where a webhook may go: not into the network that the service itself stands in, unless somebody allows it.

A name is looked up once, and what is connected to is the very address that was judged: no second look-up can say something else.
"""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from domain.errors import LedgerError

AnyAddress = IPv4Address | IPv6Address
_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")
"""All of IPv6 that has been given out for everybody."""
_PORTS = {"https": 443, "http": 80}


@dataclass(eq=False)
class AddressRefused(LedgerError):
    """An address that webhooks may not go to."""

    reason: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"Webhooks may not go there: {self.reason}. Give an https address that is public, or have its network allowed."


@dataclass(frozen=True, slots=True)
class Allowed:
    """What is allowed beyond public addresses by https."""

    networks: tuple[str, ...] = ()
    """Networks like `10.0.0.0/8`, addresses, and names of hosts."""
    http: bool = False

    def host(self, name: str) -> bool:
        """Tell whether a host is allowed by its name."""
        return name.lower() in {entry.lower() for entry in self.networks}

    def address(self, address: AnyAddress) -> bool:
        """Tell whether an address is in a network that is allowed."""
        return any(address in ip_network(entry, strict=False) for entry in self.networks if _is_network(entry))


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to connect, and under which name."""

    scheme: str
    host: str
    port: int
    address: str
    target: str
    """Path and query."""

    @property
    def url(self) -> str:
        """The address to connect to, as a URL."""
        literal = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{literal}:{self.port}{self.target}"

    @property
    def host_header(self) -> str:
        """The name for the server."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def check_url(url: str, allowed: Allowed) -> SplitResult:
    """Check what can be told without looking a name up.

    Raises:
        AddressRefused: webhooks may not go there.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("it is no address") from error
    if parts.scheme not in _PORTS or not parts.hostname or port == 0 or not url.isprintable() or " " in url:
        raise AddressRefused("it is no https address")
    if parts.scheme == "http" and not allowed.http:
        raise AddressRefused("it is not protected by TLS")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("it holds a user name or a password")
    literal = _literal(parts.hostname)
    if literal is not None:
        _check_address(literal, parts.hostname, allowed)
    return parts


async def destination(url: str, allowed: Allowed) -> Destination:
    """Look a name up, and judge what it stands for.

    Raises:
        AddressRefused: webhooks may not go there.
        OSError: the name cannot be looked up.
    """
    parts = check_url(url, allowed)
    host, port = _ascii_host(parts.hostname or ""), parts.port or _PORTS[parts.scheme]
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ip_address(str(info[4][0]).partition("%")[0]) for info in found]
    for address in addresses:
        _check_address(address, host, allowed)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(parts.scheme, host, port, str(addresses[0]), target)


def _check_address(address: AnyAddress, host: str, allowed: Allowed) -> None:
    if not allowed.host(host) and not allowed.address(address) and not is_public(address):
        raise AddressRefused("it is in a private network")


def is_public(address: AnyAddress) -> bool:
    """Tell whether an address is reachable for everybody, whatever other address it stands for."""
    return all(_is_given_out(one) and one.is_global and not one.is_multicast for one in _meanings(address))


def _is_given_out(address: AnyAddress) -> bool:
    return isinstance(address, IPv4Address) or address in _UNICAST or address in _NAT64


def _meanings(address: AnyAddress) -> Sequence[AnyAddress]:
    if isinstance(address, IPv4Address):
        return (address,)
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    found = [one for one in inner if one is not None]
    # A mapped address is the IPv4 one; the others travel inside IPv6, which must be public too.
    return found if address.ipv4_mapped else (address, *found)


def _ascii_host(host: str) -> str:
    """Write a name as it is looked up and as a header takes it: other alphabets in Punycode."""
    if _literal(host) is not None:
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError as error:
        raise AddressRefused("it names no host") from error


def _literal(host: str) -> AnyAddress | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _is_network(entry: str) -> bool:
    try:
        ip_network(entry, strict=False)
    except ValueError:
        return False
    return True
