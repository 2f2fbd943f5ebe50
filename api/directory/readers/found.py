"""What a reader finds in a listing. Nothing is lost: every row ends as one of these."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from domain.directory.events import Level, PrincipalKind
from domain.subjects import Scope, SubjectKey


class ListingKind(StrEnum):
    """What a listing is about."""

    ROLES = "roles"
    DEPLOYMENTS = "deployments"


@dataclass(frozen=True, slots=True)
class FoundPrincipal:
    """Somebody or something that holds a role. What names a person is left out of the representation: that ends in logs."""

    id: str = field(repr=False)
    """As the directory knows it."""
    kind: PrincipalKind
    name: str | None = field(repr=False)
    address: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class FoundRole:
    """A role that a principal holds in a subscription."""

    line: int
    """Line of the file at which the row starts, counted from 1."""
    subscription: str
    principal: FoundPrincipal
    role: str
    """In lower case. It may be one that nobody is told for: the policy decides that."""
    level: Level


@dataclass(frozen=True, slots=True)
class FoundDeployment:
    """A serverless deployment of a model."""

    line: int
    subscription: str
    deployment: str
    """Once in a subscription: `account/deployment` or `workspace/endpoint` where it comes from the cloud's command line."""
    key: SubjectKey
    scope: Scope
    """What is known of it: version, region, deployment_type."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that was understood, and is not for us."""

    line: int
    reason: str
    subscription: str | None
    """The one that the row names: the listing covers it, even where nothing else of it is found. None: the row names none."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that could not be read."""

    line: int
    reason: str


Found = FoundRole | FoundDeployment | Skipped | Unreadable


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing that was told apart by its beginning, and is read as it is asked for.

    A file that breaks off is noticed at its end: nothing may be concluded from what is missing before `found` is exhausted.
    """

    kind: ListingKind
    found: Iterator[Found]
    """Raises `DirectoryFileError` or `DocumentError` where the file breaks off, is damaged, or changed in between."""
