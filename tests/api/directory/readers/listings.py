"""Listings in a line, for tests of the readers."""

import json
from pathlib import Path
from typing import Any

from api.directory.readers.found import Found, FoundDeployment, FoundRole, ListingKind, Skipped, Unreadable
from api.directory.readers.read import read_directory

FIXTURES = Path(__file__).parents[3] / "fixtures" / "directory"
RETAIL, RESEARCH, SUPPORT = (f"5ab00000-0000-4000-8000-00000000000{n}" for n in (1, 2, 3))


def found_in(text: str | bytes, *, subscription: str | None = None, kind: ListingKind | None = None) -> list[Found]:
    """Read a whole listing."""
    content = text.encode() if isinstance(text, str) else text
    return list(read_directory(content, subscription=subscription, kind=kind, name="listing").found)


def json_found(*elements: object, subscription: str | None = None) -> list[Found]:
    """Read a list of elements, one a line, the first on line 2."""
    return found_in("[\n" + ",\n".join(json.dumps(element) for element in elements) + "\n]", subscription=subscription)


def assignment(**fields: Any) -> dict[str, Any]:
    """One role assignment as the command line prints it; a field of `None` is left out."""
    usual = {
        "principalId": "p-1",
        "principalName": "ann@contoso.com",
        "principalType": "User",
        "roleDefinitionName": "Owner",
        "scope": "/subscriptions/s-1",
    }
    return {name: value for name, value in (usual | fields).items() if value is not None}


def one_role(text: str | bytes, **options: Any) -> FoundRole:
    """Read a listing of one role."""
    (found,) = found_in(text, **options)
    assert isinstance(found, FoundRole), found
    return found


def role_of(element: dict[str, Any], **options: Any) -> FoundRole:
    """Read a list of one assignment."""
    return one_role(json.dumps([element]), **options)


def deployment_of(element: dict[str, Any], **options: Any) -> FoundDeployment:
    """Read a list of one deployment."""
    (found,) = found_in(json.dumps([element]), **options)
    assert isinstance(found, FoundDeployment), found
    return found


def brief(found: Found) -> tuple[str, ...]:
    """Write in short what was found, without its line and without a person's name."""
    match found:
        case FoundRole(_, subscription, who, role, level):
            return subscription, who.id, who.kind.value, who.address or "", role, level.value
        case FoundDeployment(_, subscription, deployment, key, scope):
            return subscription, deployment, str(key), str(scope)
        case Skipped(_, reason, subscription):
            return "skipped", reason, subscription or ""
        case Unreadable(_, reason):
            return "unreadable", reason
