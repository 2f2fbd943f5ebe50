"""Principals as directories write them: ids, kinds, names, and the address that a user principal name holds."""

import re
from functools import lru_cache

from api.directory.readers.found import FoundPrincipal
from domain.directory.events import PrincipalKind
from domain.errors import InvalidName
from domain.names import readable_name

ADDRESS_BYTES_MAX = 254

_KINDS = {
    "user": PrincipalKind.USER,
    "group": PrincipalKind.GROUP,
    "foreigngroup": PrincipalKind.GROUP,
    "serviceprincipal": PrincipalKind.SERVICE_PRINCIPAL,
    "application": PrincipalKind.SERVICE_PRINCIPAL,
    "device": PrincipalKind.SERVICE_PRINCIPAL,
    "managedidentity": PrincipalKind.SERVICE_PRINCIPAL,
    "msi": PrincipalKind.SERVICE_PRINCIPAL,
}
_BETWEEN_WORDS = re.compile(r"[\s_-]+")
_GUEST = re.compile(r"(.+)_([^_@]+)#ext#@.+", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]+@[^\s@<>()\[\]\\,;:\"#_]+")
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@lru_cache(maxsize=256)
def principal_kind(text: str) -> PrincipalKind | None:
    """Tell what a word such as `ServicePrincipal` or `service_principal` names; None where it is no such word."""
    return _KINDS.get(_BETWEEN_WORDS.sub("", text).lower())


def principal(directory_id: str, kind: PrincipalKind, name: str | None, address: str | None) -> FoundPrincipal:
    """Make a principal of texts as a file holds them. A text that is no address is none.

    Raises:
        InvalidName: the id cannot be used. Its sentence does not show the id.
    """
    return FoundPrincipal(principal_id(directory_id), kind, _encodable(name), mail_address(address))


def principal_id(text: str) -> str:
    """Return a directory id as it is compared: GUIDs in lower case, all else as it is.

    Raises:
        InvalidName: it is empty, too long or not readable. Its sentence does not show it.
    """
    try:
        found = readable_name(text, "principal id")
    except InvalidName as problem:
        raise InvalidName(problem.what, "…", problem.reason) from None
    return found.lower() if _GUID.fullmatch(found) else found


def mail_address(text: str | None) -> str | None:
    """Return the address that a user principal name or a cell holds: a guest's is written inside the host's domain."""
    if not text or "@" not in text:
        return None
    found = text.strip()
    if "#" in found and (guest := _GUEST.fullmatch(found)):
        found = f"{guest[1]}@{guest[2]}"
    usable = _ADDRESS.fullmatch(found) and found.isprintable() and len(found.encode("utf-8", "replace")) <= ADDRESS_BYTES_MAX
    return found if usable else None


def _encodable(name: str | None) -> str | None:
    # JSON can hold half a character, which nothing can store; all else is kept, and made harmless where it is shown.
    return name.encode("utf-8", "replace").decode() if name and name.strip() else None
