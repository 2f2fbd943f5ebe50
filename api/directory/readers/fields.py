"""The fields of a JSON object, whichever way its writer spells them: `principalId`, `PrincipalId` and `principal_id` are one."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NewType

from domain.directory.names import subscription_id
from domain.errors import InvalidName

Fields = NewType("Fields", Mapping[str, object])
"""By name in lower case, without underscores."""


def fields_of(value: object) -> Fields | None:
    """Return the fields of an object; None of anything else."""
    if not isinstance(value, dict):
        return None
    return Fields({_normal(name): found for name, found in value.items()})


def text(fields: Fields, name: str) -> str | None:
    """Return a text without white space around it; None where it is absent, empty, or something else."""
    found = fields.get(name)
    return found.strip() or None if isinstance(found, str) else None


def inner(fields: Fields, name: str) -> Fields:
    """Return the fields of an object inside; none where there is no object."""
    return fields_of(fields.get(name)) or Fields({})


def subscription_in(path: str) -> str | None:
    """Return the subscription of a resource's path, `/subscriptions/S/...`, in lower case; None where it names none."""
    parts = path.strip("/").split("/")
    if len(parts) < 2 or parts[0].lower() != "subscriptions":  # noqa: PLR2004  the word, and the id
        return None
    try:
        return subscription_id(parts[1])
    except InvalidName:
        return None


@lru_cache(maxsize=1024)
def _normal(name: str) -> str:
    return name.replace("_", "").lower()
