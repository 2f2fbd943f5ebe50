"""Bodies of requests: what somebody wants to record, and how it becomes a command. Wire models are not events."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictBool, StrictInt

from api.http.queries import POSITION_MAX, RecordedPoint, WireInstant
from api.wire import WireDate
from domain.commands import AdoptPolicy, Announce, EnterStage, ListModel, OnPolicyBreach, Withdraw
from domain.events import PolicyAdopted, WithdrawnBy
from domain.stages import Stage
from domain.subjects import Scope, SubjectKey, parse_subject
from domain.values import Source

Text = Annotated[str, Field(min_length=1, max_length=400)]
LongText = Annotated[str, Field(min_length=1, max_length=10_000)]
ScopeParts = Annotated[
    dict[str, str], Field(max_length=16, description="Part of the model: version, region, deployment_type and the like; {} for all of it.")
]
NotifyField = Annotated[StrictBool, Field(description="Tell people even of what was announced on an earlier day.")]
Days = Annotated[StrictInt, Field(ge=0, le=36_500)]


class Body(BaseModel):
    """A body: what is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceBody(Body):
    """Who or what said it."""

    name: Text
    url: Annotated[str, Field(max_length=2000)] | None = None

    def source(self) -> Source:
        """Return it as the ledger keeps it."""
        return Source(address=self.url, document=None, name=self.name, raw=None, row=None)


SOURCE_EXAMPLE: JsonValue = {"name": "azure-serverless-retirements", "url": "https://example.org/retirements"}


class Listing(Body):
    """A model, or a scope of one, appears in a catalog."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "catalog": "azure",
                    "model": "mistral-large-2407",
                    "provider": "Mistral AI",
                    "name": "Mistral-large-2407",
                    "stage": "generally_available",
                    "since": None,
                    "announced_at": "2024-07-24T00:00:00Z",
                    "source": SOURCE_EXAMPLE,
                }
            ]
        }
    )

    catalog: Text
    model: Text
    scope: ScopeParts = {}
    provider: Text | None = None
    name: Text
    stage: Literal[Stage.PREVIEW, Stage.GENERALLY_AVAILABLE] = Stage.GENERALLY_AVAILABLE
    since: WireInstant | None = None
    announced_at: WireInstant | None = None
    source: SourceBody

    def command(self) -> ListModel:
        """Return what it asks for.

        Raises:
            LedgerError: the key or the scope cannot be used.
        """
        return ListModel(
            key=SubjectKey.of(self.catalog, self.model),
            name=self.name,
            provider=self.provider,
            scope=Scope.of(self.scope),
            stage=self.stage,
            since=self.since,
            announced_at=self.announced_at,
            source=self.source.source(),
        )


class Announcement(Body):
    """Dates, a label or replacements of a listed model. What is absent states nothing."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "announced_at": "2024-11-22T00:00:00Z",
                    "legacy": {"on": "2024-12-15"},
                    "deprecated": {"on": "2025-01-15"},
                    "retired": {"not_before": "2025-04-15"},
                    "replacements": ["azure/mistral-large-2407"],
                    "source": SOURCE_EXAMPLE,
                    "on_policy_breach": "record",
                }
            ]
        }
    )

    scope: ScopeParts = {}
    legacy: WireDate | None = None
    deprecated: WireDate | None = None
    retired: WireDate | None = None
    label: Annotated[Stage | None, Field(description="The stage that the source shows beside the model.")] = None
    replacements: Annotated[list[Text], Field(max_length=100)] | None = None
    notes: LongText | None = None
    announced_at: WireInstant | None = None
    source: SourceBody
    on_policy_breach: Annotated[
        OnPolicyBreach, Field(description="Windows shorter than the catalog's policy asks: refuse them, or record the breach.")
    ] = OnPolicyBreach.REFUSE
    notify: NotifyField = False

    def command(self, key: SubjectKey, scope: Scope) -> Announce:
        """Return what it asks for, about the scope that path and body name together.

        Raises:
            LedgerError: a replacement cannot be used.
        """
        for replacement in self.replacements or ():
            parse_subject(replacement)
        return Announce(
            key=key,
            scope=scope,
            legacy=self.legacy.stated() if self.legacy else None,
            deprecated=self.deprecated.stated() if self.deprecated else None,
            retired=self.retired.stated() if self.retired else None,
            label=self.label,
            replacements=None if self.replacements is None else tuple(self.replacements),
            notes=self.notes,
            announced_at=self.announced_at,
            source=self.source.source(),
            on_policy_breach=self.on_policy_breach,
            notify=self.notify or None,
        )


class Transition(Body):
    """The provider says that a model entered a stage."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "stage": "generally_available",
                    "effective_at": "2024-07-24T00:00:00Z",
                    "announced_at": "2024-07-24T00:00:00Z",
                    "source": SOURCE_EXAMPLE,
                }
            ]
        }
    )

    scope: ScopeParts = {}
    stage: Stage
    effective_at: WireInstant
    announced_at: WireInstant | None = None
    source: SourceBody

    def command(self, key: SubjectKey, scope: Scope) -> EnterStage:
        """Return what it asks for, about the scope that path and body name together."""
        return EnterStage(
            key=key,
            scope=scope,
            stage=self.stage,
            effective_at=self.effective_at,
            announced_at=self.announced_at,
            source=self.source.source(),
        )


class Withdrawal(Body):
    """A claim, or an earlier withdrawal, is taken back. It stays in the ledger, with the reason."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"claim": 2, "by": "recorder", "reason": "Read from the wrong column."}]})

    claim: Annotated[StrictInt, Field(ge=1, le=POSITION_MAX, description="The claim's position in the ledger.")]
    by: Annotated[
        WithdrawnBy, Field(description="provider: it was public until the withdrawal. recorder: it was read wrong, and never was.")
    ]
    reason: LongText
    announced_at: WireInstant | None = None
    notify: NotifyField = False

    def command(self, key: SubjectKey) -> Withdraw:
        """Return what it asks for."""
        return Withdraw(
            key=key, claim=self.claim, by=self.by, reason=self.reason, announced_at=self.announced_at, notify=self.notify or None
        )


class Policy(Body):
    """A catalog's rules, from an instant on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "catalog": "azure",
                    "version": 1,
                    "applies_to": "models deployed to serverless APIs",
                    "in_force_from": "2024-11-22",
                    "announced_at": "2024-11-22",
                    "legacy_days_min": 30,
                    "deprecated_days_min": 90,
                    "deprecated_forbids": ["create"],
                    "notified_roles": ["owner", "contributor"],
                    "retired_call_returns": None,
                    "source": SOURCE_EXAMPLE,
                }
            ]
        }
    )

    catalog: Text
    version: Annotated[StrictInt, Field(ge=1, le=10**6)]
    applies_to: Text
    in_force_from: WireInstant
    announced_at: WireInstant
    legacy_days_min: Days
    deprecated_days_min: Days
    deprecated_forbids: Annotated[list[Literal["create", "invoke"]], Field(max_length=2)] = ["create"]
    notified_roles: Annotated[list[Text], Field(max_length=50)]
    retired_call_returns: Annotated[Text | None, Field(description="What a call to a retired model returns; null: not said.")] = None
    source: SourceBody

    def command(self) -> AdoptPolicy:
        """Return what it asks for."""
        return AdoptPolicy(
            policy=PolicyAdopted(
                announced_at=self.announced_at,
                applies_to=self.applies_to,
                catalog=self.catalog,
                deprecated_days_min=self.deprecated_days_min,
                deprecated_forbids=tuple(dict.fromkeys(self.deprecated_forbids)),
                in_force_from=self.in_force_from,
                legacy_days_min=self.legacy_days_min,
                notified_roles=tuple(self.notified_roles),
                retired_call_returns=self.retired_call_returns,
                source=self.source.source(),
                version=self.version,
            )
        )


class BatchQuestion(Body):
    """One question of many."""

    model: Annotated[str, Field(min_length=1, max_length=600, description="`catalog/model`, or `catalog/model@version`.")]
    scope: ScopeParts = {}
    valid_at: WireInstant | None = None
    known_at: WireInstant | None = None
    recorded_at: RecordedPoint | None = None


QUESTIONS_MAX = 10_000


class Batch(Body):
    """Many questions, answered at one position of the ledger in their order."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "questions": [
                        {"model": "azure/mistral-large", "valid_at": "2025-01-20"},
                        {"model": "azure-openai/gpt-4o@2024-05-13", "known_at": "2024-12-01"},
                    ]
                }
            ]
        }
    )

    questions: Annotated[list[BatchQuestion], Field(min_length=1, max_length=QUESTIONS_MAX)]
