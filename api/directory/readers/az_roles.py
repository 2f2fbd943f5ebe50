"""Role assignments as `az role assignment list --all --include-inherited -o json` prints them.

Assignments at the subscription come first, inherited ones behind them: where a principal holds a role both ways, the nearer level stands.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from api.directory.readers.fields import Fields, fields_of, inner, subscription_in, text
from api.directory.readers.found import Found, FoundPrincipal, FoundRole, Skipped, Unreadable
from api.directory.readers.json_stream import Element
from api.directory.readers.once import Once
from api.directory.readers.principals import mail_address, principal, principal_kind
from domain.directory.events import Level, PrincipalKind
from domain.directory.names import role_name
from domain.errors import InvalidName

_MANAGEMENT_GROUP = re.compile(r"/providers/microsoft\.management/managementgroups/[^/]+", re.IGNORECASE)
_AT_SUBSCRIPTION_PARTS = 2


def is_role_assignment(fields: Fields) -> bool:
    """Tell whether an element looks like a role assignment."""
    return bool({"roledefinitionname", "roledefinitionid", "principalid"} & {*fields, *inner(fields, "properties")})


@dataclass(slots=True)
class RoleAssignments:
    """Reads the elements of one listing. Inherited assignments name no subscription: it is the one that was listed."""

    subscription: str | None
    """The one that was listed, where the caller knows."""
    _named: set[str] = field(default_factory=set)
    _once: Once = field(default_factory=lambda: Once("element"))

    def read(self, listed: Iterable[Element]) -> Iterator[Found]:
        """Read all elements; each ends as one that is found."""
        inherited: list[tuple[Element, _Assignment]] = []
        for element in listed:
            read = _read(element)
            if isinstance(read, Unreadable):
                yield read
                continue
            if read.subscription is not None:
                self._named.add(read.subscription)
                yield self._found(element, read, read.subscription)
            else:
                inherited.append((Element(element.line, element.number, None), read))
        yield from self._inherited(inherited)

    def _inherited(self, waiting: Iterable[tuple[Element, "_Assignment"]]) -> Iterator[Found]:
        subscription = self.subscription
        if subscription is None and len(self._named) == 1:
            (subscription,) = self._named
        for element, read in waiting:
            if subscription is None:
                how = "none" if not self._named else f"{len(self._named)}"
                reason = f"it is inherited, and the listing names {how} of the subscriptions that it could be for; say which one was listed"
                yield Unreadable(element.line, element.reason(reason))
            else:
                yield self._found(element, read, subscription)

    def _found(self, element: Element, read: "_Assignment", subscription: str) -> Found:
        if read.level is None:
            return Skipped(element.line, element.reason("assigned below the subscription"), subscription)
        found = self._once.role(element.number, FoundRole(element.line, subscription, read.principal, read.role, read.level))
        return Skipped(element.line, element.reason(found.reason), subscription) if isinstance(found, Skipped) else found


@dataclass(frozen=True, slots=True)
class _Assignment:
    subscription: str | None
    """None: it is inherited."""
    level: Level | None
    """None: it is below the subscription."""
    principal: FoundPrincipal
    role: str


def _read(element: Element) -> _Assignment | Unreadable:
    fields = fields_of(element.value)
    if fields is None:
        return Unreadable(element.line, element.reason("it is no object"))
    if "properties" in fields:  # where older versions print it all
        fields = Fields({**inner(fields, "properties"), **fields})
    missing = [name for name in ("principalId", "roleDefinitionName", "scope") if text(fields, name.lower()) is None]
    if missing:
        return Unreadable(element.line, element.reason(f"it states no {' and no '.join(missing)}"))
    try:
        return _assignment(fields)
    except InvalidName as problem:
        return Unreadable(element.line, element.reason(f"its {problem.what} cannot be used: {problem.reason}"))


def _assignment(fields: Fields) -> _Assignment:
    subscription, level = _place(text(fields, "scope") or "")
    kind = principal_kind(text(fields, "principaltype") or "")
    name = text(fields, "principalname")
    # Only a user's principal name is an address, and then no name; what is of no known type is kept as somebody without an address.
    address = mail_address(name) if kind is PrincipalKind.USER else None
    who = principal(text(fields, "principalid") or "", kind or PrincipalKind.USER, None if address else name, address)
    return _Assignment(subscription, level, who, role_name(text(fields, "roledefinitionname") or ""))


def _place(scope: str) -> tuple[str | None, Level | None]:
    if scope == "/":
        return None, Level.ROOT
    if _MANAGEMENT_GROUP.fullmatch(scope.rstrip("/")):
        return None, Level.MANAGEMENT_GROUP
    subscription = subscription_in(scope)
    if subscription is None:
        raise InvalidName("scope", "…", "it is neither a subscription, nor above or below one")
    return subscription, Level.SUBSCRIPTION if len(scope.strip("/").split("/")) == _AT_SUBSCRIPTION_PARTS else None
