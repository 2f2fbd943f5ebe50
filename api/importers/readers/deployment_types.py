"""Deployment types as published tables name them, and their key form: `Global Standard` is `global-standard`."""

import re

from domain.names import slug

_TYPE = (
    r"(?:(?:global|data[ -]?zone|regional)[ -]?)?"
    r"(?:standard|provisioned(?:[ -](?:managed|throughput))?|batch|serverless(?: apis?)?|managed compute|developer)\b"
)
_AND = r"(?:\s*[,/&]\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+)"
TYPES = rf"{_TYPE}(?:\s+deployments?)?(?:{_AND}{_TYPE}(?:\s+deployments?)?)*(?:\s+(?:deployment\s+)?types?)?"
"""Matches one or several known types. Other words are none: they could mean anything."""

_SPLIT = re.compile(_AND, re.IGNORECASE)
_TAIL = re.compile(r"\s+(?:deployments?|types?)\b", re.IGNORECASE)
_DATA_ZONE = re.compile(r"\bdata[ -]?zone[ -]?", re.IGNORECASE)


def deployment_types(text: str) -> tuple[str, ...]:
    """Return the key form of each type that a text lists."""
    names = (_TAIL.sub("", part) for part in _SPLIT.split(text))
    return tuple(dict.fromkeys(slug(_DATA_ZONE.sub("data zone ", name)) for name in names if name.strip()))
