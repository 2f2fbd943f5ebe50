"""Bodies of requests about the directory."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, JsonValue, StrictBool, model_validator

from api.directory.gathering import Gathered
from api.directory.importing import Terms
from api.directory.readers.found import FoundPrincipal, ListingKind
from api.directory.readers.principals import principal, principal_id
from api.http.bodies import Body, LongText, ScopeParts, Text
from api.http.queries import WireInstant
from domain.directory.commands import Assignment, AssignRole, CreateDeployment, Deployment
from domain.directory.events import Level, PrincipalKind
from domain.directory.names import deployment_name, role_name, subscription_id
from domain.subjects import Scope, parse_subject

ROWS_MAX = 50_000
_SUBSCRIPTION: JsonValue = "6f1c3a52-0000-4000-8000-000000000001"


class PrincipalBody(Body):
    """Somebody, or a group or a program, as the directory knows them."""

    id: Annotated[Text, Field(description="As the directory knows it. It is kept encrypted, and never shown.")]
    kind: PrincipalKind = PrincipalKind.USER
    name: Annotated[LongText | None, Field(description="What is not said stays as it is known.")] = None
    address: Text | None = None

    def found(self) -> FoundPrincipal:
        """Return it as a listing would say it.

        Raises:
            InvalidName: the id cannot be used. Its sentence does not show it.
        """
        return principal(self.id, self.kind, self.name, self.address)


class RoleBody(Body):
    """A role that a principal holds."""

    subscription: Text
    principal: PrincipalBody
    role: Text
    level: Level = Level.SUBSCRIPTION
    via: Annotated[
        Text | None, Field(description="The directory id of the group through which it is held; the group has a row of its own.")
    ] = None


class ListedDeployment(Body):
    """A deployment that was listed."""

    subscription: Text
    deployment: Text
    model: Annotated[str, Field(min_length=1, max_length=600, description="`catalog/model`, or `catalog/model@version`.")]
    scope: ScopeParts = Field(default_factory=dict)

    def found(self) -> Deployment:
        """Return it as the ledger takes it.

        Raises:
            LedgerError: the key, the name or the scope cannot be used.
        """
        key, short = parse_subject(self.model)
        return Deployment(name=deployment_name(self.deployment), key=key, scope=short.joined(Scope.of(self.scope)))


class DirectoryBody(Body):
    """All roles, or all deployments, or both, of the subscriptions that it names: what changed since the last one is recorded."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "source": "nightly listing",
                    "roles": [
                        {"subscription": _SUBSCRIPTION, "principal": {"id": "0f9a", "address": "anna@example.com"}, "role": "owner"},
                    ],
                    "deployments": [{"subscription": _SUBSCRIPTION, "deployment": "chat", "model": "azure/mistral-large"}],
                }
            ]
        }
    )

    source: Text
    seen_at: Annotated[WireInstant | None, Field(description="When it was listed. Default: now.")] = None
    roles: Annotated[list[RoleBody] | None, Field(max_length=ROWS_MAX)] = None
    deployments: Annotated[list[ListedDeployment] | None, Field(max_length=ROWS_MAX)] = None
    subscriptions: Annotated[list[Text], Field(max_length=ROWS_MAX, description="What was listed and is empty: it needs no row.")] = Field(
        default_factory=list
    )
    whole: Annotated[StrictBool, Field(description="It is the whole directory: what it does not name is gone.")] = False
    forced: Annotated[StrictBool, Field(description="Believe it even where more than half of what was there is gone.")] = False
    notify: Annotated[StrictBool, Field(description="Tell those who join by it under a schedule that stands.")] = True

    @model_validator(mode="after")
    def _lists_something(self) -> Self:
        if self.roles is None and self.deployments is None:
            message = "it lists neither roles nor deployments; an empty list says that there are none"
            raise ValueError(message)
        return self

    def terms(self, command_key: str) -> Terms:
        """Return how it is to be taken."""
        return Terms(self.source, self.seen_at, whole=self.whole, forced=self.forced, quiet=not self.notify, command_key=command_key)

    def gathered(self) -> Gathered:
        """Gather it by subscription.

        Raises:
            LedgerError: a name or a key cannot be used.
        """
        found = Gathered()
        for kind, rows in ((ListingKind.ROLES, self.roles), (ListingKind.DEPLOYMENTS, self.deployments)):
            if rows is not None:
                found.kinds.add(kind)
                for subscription in self.subscriptions:
                    found.cover(subscription_id(subscription), kind)
        for role in self.roles or ():
            via = principal_id(role.via) if role.via else None
            found.take_role(subscription_id(role.subscription), role.principal.found(), role_name(role.role), role.level, via)
        for row in self.deployments or ():
            deployment = row.found()
            found.deployments.setdefault(subscription_id(row.subscription), {})[deployment.name] = deployment
        return found


class RoleTaken(Body):
    """A role that somebody takes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"principal": {"id": "0f9a", "name": "Anna Berg", "address": "anna@example.com"}, "role": "monitoring reader"}]
        }
    )

    principal: PrincipalBody
    role: Text
    level: Level = Level.SUBSCRIPTION
    via: Annotated[Text | None, Field(description="The directory id of the group through which it is held.")] = None
    source: Text = "api"
    seen_at: Annotated[WireInstant | None, Field(description="When it was taken. Default: now.")] = None

    def principals(self) -> Sequence[FoundPrincipal]:
        """Return who is named.

        Raises:
            InvalidName: an id cannot be used.
        """
        group = [principal(self.via, PrincipalKind.GROUP, None, None)] if self.via else []
        return [self.principal.found(), *group]

    def command(self, subscription: str, ids: Mapping[str, str]) -> AssignRole:
        """Return what it asks for; `ids` are the opaque ones.

        Raises:
            InvalidName: the role cannot be used.
        """
        who, *group = self.principals()
        assignment = Assignment(
            principal=ids[who.id], kind=who.kind, role=role_name(self.role), level=self.level, via=ids[group[0].id] if group else None
        )
        return AssignRole(subscription=subscription, assignment=assignment, source=self.source, seen_at=self.seen_at)


class DeploymentBody(Body):
    """A deployment that is to be made."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"deployment": "chat", "model": "azure/mistral-large-2407", "scope": {"region": "westus"}}]}
    )

    deployment: Text
    model: Annotated[str, Field(min_length=1, max_length=600, description="`catalog/model`, or `catalog/model@version`.")]
    scope: ScopeParts = Field(default_factory=dict)
    source: Text = "api"

    def command(self, subscription: str) -> CreateDeployment:
        """Return what it asks for.

        Raises:
            LedgerError: the key, the name or the scope cannot be used.
        """
        key, short = parse_subject(self.model)
        deployment = Deployment(name=deployment_name(self.deployment), key=key, scope=short.joined(Scope.of(self.scope)))
        return CreateDeployment(subscription=subscription, deployment=deployment, source=self.source)


class WebhookBody(Body):
    """Where notices about a subscription go, besides people."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"url": "https://hooks.example.org/models"}]})

    url: Annotated[str, Field(min_length=1, max_length=2000)]


class WishBody(Body):
    """Whether a person wants to be told."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"wish": "opt_out"}]})

    wish: Literal["opt_out", "opt_in"]
