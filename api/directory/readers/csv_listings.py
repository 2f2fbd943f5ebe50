"""Roles and deployments as plain tables. Columns stand in any order; case and underscores in headers do not matter."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from api.directory.readers.az_deployments import deployment_type, region
from api.directory.readers.csv_table import Columns, Row, Table
from api.directory.readers.found import Found, FoundDeployment, FoundRole, ListingKind, Unreadable
from api.directory.readers.once import Once
from api.directory.readers.principals import principal, principal_kind
from domain.directory.events import Level
from domain.directory.names import deployment_name, role_name, subscription_id
from domain.errors import InvalidName
from domain.subjects import Scope, SubjectKey

_SUBSCRIPTION = {"subscription id": "subscription"}
ROLES = Columns(
    needed=("subscription", "principal", "principal_type", "role"),
    optional=("name", "address", "level"),
    synonyms=_SUBSCRIPTION
    | {
        "principal id": "principal",
        "object id": "principal",
        "object type": "principal_type",
        "kind": "principal_type",
        "role definition name": "role",
        "display name": "name",
        "principal name": "name",
        "email": "address",
        "e-mail": "address",
        "mail": "address",
        "user principal name": "address",
        "upn": "address",
    },
)
DEPLOYMENTS = Columns(
    needed=("subscription", "deployment", "model"),
    optional=("version", "region", "deployment_type"),
    synonyms=_SUBSCRIPTION | {"deployment name": "deployment", "name": "deployment", "model version": "version", "location": "region"},
)
_LEVELS = {"": Level.SUBSCRIPTION} | {level.value: level for level in Level}


def read_csv_listing(table: Table) -> tuple[ListingKind, Iterator[Found]]:
    """Tell by its header what a table lists, and read it.

    Raises:
        HeaderNotUnderstood: it is neither, or has a column that is not known or that is there twice.
    """
    columns = table.columns(ROLES, DEPLOYMENTS)
    once = Once("line")
    if columns is ROLES:
        return ListingKind.ROLES, _each(table, ROLES, lambda row: once.role(row.line, _role(row)))
    return ListingKind.DEPLOYMENTS, _each(table, DEPLOYMENTS, lambda row: once.deployment(row.line, _deployment(row)))


@dataclass(frozen=True, slots=True)
class _Cell(Exception):
    """A cell that cannot be read. What stands in it is not shown: it could be an address that belongs in another column."""

    reason: str


def _each(table: Table, columns: Columns, read: Callable[[Row], Found]) -> Iterator[Found]:
    rows = table.rows(columns)
    return (row if isinstance(row, Unreadable) else _tried(row, read) for row in rows)


def _tried(row: Row, read: Callable[[Row], Found]) -> Found:
    try:
        return read(row)
    except _Cell as problem:
        return Unreadable(row.line, problem.reason)
    except InvalidName as problem:
        return Unreadable(row.line, f"its {problem.what} cannot be used: {problem.reason}")


def _role(row: Row) -> FoundRole:
    kind = principal_kind(row["principal_type"])
    if kind is None:
        raise _Cell("its principal_type is none of user, group, service_principal")
    level = _LEVELS.get(row["level"].lower().replace(" ", "_"))
    if level is None:
        raise _Cell(f"its level is none of {', '.join(Level)}")
    who = principal(row["principal"], kind, row["name"], row["address"])
    return FoundRole(row.line, subscription_id(row["subscription"]), who, role_name(row["role"]), level)


def _deployment(row: Row) -> FoundDeployment:
    key, version = _model(row["model"])
    if version and row["version"] and version != row["version"]:
        raise _Cell("its model and its version column name different versions")
    scope = {"version": version or row["version"], "region": region(row["region"]), "deployment_type": _type(row["deployment_type"])}
    return FoundDeployment(
        row.line,
        subscription_id(row["subscription"]),
        deployment_name(row["deployment"]),
        key,
        Scope.of({part: value for part, value in scope.items() if value}),
    )


def _model(cell: str) -> tuple[SubjectKey, str]:
    text, at, version = cell.partition("@")
    try:
        key = SubjectKey.parse(text)
    except InvalidName:
        raise _Cell("its model is no key; write catalog/model or catalog/model@version, like azure/mistral-large") from None
    if at and not version:
        raise _Cell("its model names no version behind the @")
    return key, version


def _type(cell: str) -> str:
    found = deployment_type(cell)
    if cell and not found:
        raise _Cell("its deployment_type names none, or several; write one row for each")
    return found
