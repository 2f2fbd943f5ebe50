"""Answers: their shapes, for the API's documentation and its clients. Instants are RFC 3339 in UTC, stages the wire's names."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.changes import ChangeCode
from domain.directory.events import Level, PrincipalKind
from domain.notices.events import RunCause
from domain.rules.access import Operation
from domain.rules.answers import Basis, FindingCode, Status
from domain.rules.explanation import Standing
from domain.stages import Stage
from domain.verification.verdicts import Verdict
from projections.notices.findings import NoticeFinding
from projections.notices.told import State

Scope = Annotated[dict[str, str], Field(examples=[{"version": "2024-05-13"}])]


class Shape(BaseModel):
    """An answer, closed: it has these members and no others."""

    model_config = ConfigDict(extra="forbid")


class NextStage(Shape):
    """What comes next: on a firm instant, or not before a floor."""

    stage: Stage
    on: AwareDatetime | None = None
    not_before: AwareDatetime | None = None


class PlannedDate(Shape):
    """A planned date as it was stated, and the claim that decides it."""

    on: str | None = None
    not_before: str | None = None
    month: str | None = None
    withdrawn: Literal[True] | None = None
    raw: str | None = None
    position: int


class Schedule(Shape):
    """The planned dates; null where none is stated."""

    legacy: PlannedDate | None
    deprecated: PlannedDate | None
    retired: PlannedDate | None


class Finding(BaseModel):
    """Something that a reader of the answer should know; its details depend on the code."""

    model_config = ConfigDict(extra="allow")

    code: FindingCode


class Evidence(Shape):
    """A claim that the answer stands on."""

    position: int
    type: str
    source: str
    address: str | None
    announced_at: AwareDatetime
    recorded_at: AwareDatetime
    backdated: bool


class ScopeAnswer(Shape):
    """What is answered for one scope."""

    scope: Scope
    new_deployments: bool | None
    existing_deployments: bool | None
    status: Status
    stage: Stage | None
    since: AwareDatetime | None
    until: AwareDatetime | None
    next: NextStage | None
    basis: Basis | None
    decided_by: int | None
    replacements: list[str]
    schedule: Schedule
    evidence: list[Evidence]
    http_headers: Annotated[
        dict[str, str], Field(description="Headers that a gateway puts on the model's own responses: Deprecation, Sunset, Link.")
    ]
    first_known_at: AwareDatetime | None = None
    listed_since: AwareDatetime | None = None
    findings: list[Finding]


class StageAnswer(ScopeAnswer):
    """The stage of a model at one point on the three clocks, with its evidence."""

    model: str
    valid_at: AwareDatetime
    known_at: AwareDatetime
    recorded_at: AwareDatetime | None
    position: int
    by_scope: list[ScopeAnswer]


class CatalogRow(ScopeAnswer):
    """A model of a catalog, or a scope of one."""

    model: str


class Page(Shape):
    """A part of a list. All its pages are of one position, whatever is appended meanwhile."""

    position: int
    next: Annotated[str | None, Field(description="The address of the next page; null on the last one.")]


class CatalogPage(Page):
    """Models with their answers, sorted by key."""

    valid_at: AwareDatetime
    known_at: AwareDatetime
    models: list[CatalogRow]


class UpcomingRow(Shape):
    """What comes next for a model."""

    model: str
    scope: Scope
    stage: Stage
    next: NextStage
    replacements: list[str]


class UpcomingPage(Page):
    """What comes next, soonest first."""

    valid_at: AwareDatetime
    known_at: AwareDatetime
    upcoming: list[UpcomingRow]


class ModelRow(Shape):
    """A model that the ledger knows."""

    model: str
    catalog: str
    name: Annotated[str | None, Field(description="Display name, as its latest listing gives it.")]
    provider: str | None
    scopes: list[Scope]
    version: int
    first_position: int
    last_position: int


class ModelsPage(Page):
    """Models, sorted by key."""

    models: list[ModelRow]


class Entry(Shape):
    """An entry of the ledger with its event."""

    position: int
    type: str
    version: int
    recorded_at: AwareDatetime
    actor: str
    event: dict[str, Any]


class HistoryPage(Page):
    """Entries about a model, in the order in which they were recorded."""

    model: str
    entries: list[Entry]


class ExplainedClaim(Entry):
    """A claim with its part in the answer."""

    standing: Standing
    decides: list[str]
    why: str


class Explanation(StageAnswer):
    """An answer with every claim by source and day, and the rule by which each counts or does not."""

    claims: list[ExplainedClaim]


class Change(Shape):
    """One difference."""

    code: ChangeCode
    stage: Stage | None = None
    before: str | None = None
    after: str | None = None
    days: int | None = None


class ScopeDifference(Shape):
    """How the answer for a scope changed."""

    model: str
    scope: Scope
    changes: list[Change]


class Difference(Shape):
    """What changed about a model between two points of knowledge."""

    model: str
    valid_at: AwareDatetime
    known_from: AwareDatetime
    known_to: AwareDatetime
    position: int
    differences: list[ScopeDifference]


class Access(Shape):
    """Whether a model's stage allows an operation."""

    model: str
    scope: Scope
    valid_at: AwareDatetime
    known_at: AwareDatetime
    recorded_at: AwareDatetime | None
    position: int
    operation: Operation
    allowed: Annotated[bool | None, Field(description="null where there is no stage to tell.")]
    status: Status
    stage: Stage | None
    replacements: list[str]
    policy_version: Annotated[int | None, Field(description="The rules by which it was decided; null: the catalog has none.")]
    retired_call_returns: Annotated[str | None, Field(description="What a call to the retired model returns, where the rules say.")]
    http_headers: dict[str, str]


class Written(Shape):
    """What a command appended. Sent again under its key, it gets the same answer."""

    position: Annotated[int, Field(description="Its last position.")]
    positions: list[int]
    recorded_at: Annotated[AwareDatetime | None, Field(description="Null where nothing had to be recorded: it was so already.")]
    version: Annotated[int, Field(description="The version of what it was about: the ETag.")]
    runs: Annotated[list[int], Field(description="The notification runs that it opened, by which people are told.")]


class NoticePreview(Shape):
    """A notification run that would be opened, with the text that its first recipient would get."""

    cause: RunCause
    model: str
    scope: dict[str, str]
    expected: Annotated[int, Field(description="How many have to be told.")]
    recipients: Annotated[int, Field(description="How many of them can be.")]
    excluded: Annotated[dict[str, int], Field(description="The others, by the reason.")]
    roles: Annotated[dict[str, int], Field(description="Members by role; somebody with two roles counts in both.")]
    subscriptions: int
    subject: str
    text: str


class Rehearsal(Shape):
    """What a command would do. Nothing was written."""

    dry_run: Literal[True]
    positions: Annotated[list[int], Field(description="The positions that its entries would have now.")]
    before: Annotated[StageAnswer | None, Field(description="null where the model is not in the ledger yet.")]
    after: StageAnswer
    findings: Annotated[list[Finding], Field(description="What the answer would have to say that it does not say now.")]
    notices: Annotated[list[NoticePreview], Field(description="Who would have to be told, and what.")]


class CommandOutcome(Shape):
    """A command that was carried out under a key."""

    key: str
    position: Annotated[int, Field(description="The head of the ledger when it was done.")]
    written: dict[str, Any]


class PolicyEntry(Shape):
    """Rules as a catalog adopted them."""

    position: int
    recorded_at: AwareDatetime
    catalog: str
    version: int
    in_force: Annotated[bool, Field(description="Whether these are the catalog's rules now.")]
    policy: dict[str, Any]


class Policies(Shape):
    """The rules of the catalogs, as adopted."""

    position: int
    policies: list[PolicyEntry]


class CloudEvent(Shape):
    """An entry of the ledger as CloudEvents 1.0. `time`: when it was announced; `recordedtime`: when this ledger took it in."""

    specversion: Literal["1.0"]
    id: Annotated[str, Field(description="The position.")]
    source: str
    type: str
    subject: str
    time: AwareDatetime
    recordedtime: AwareDatetime
    datacontenttype: Literal["application/json"]
    streamversion: int
    actor: str
    data: dict[str, Any]


class EventsPage(Shape):
    """Entries in the order in which they were recorded."""

    position: int
    next: str | None
    events: list[CloudEvent]


class Health(Shape):
    """The process answers."""

    status: Literal["ok"]


class ViewHealth(Shape):
    """How far a view has come."""

    view: str
    position: int
    lag: int
    stopped_at: int | None
    reason: str | None


class Readiness(Shape):
    """Whether every part of the service does its work."""

    ready: bool
    position: int
    views: list[ViewHealth]
    reasons: list[str]
    warnings: Annotated[list[str], Field(description="What needs a person, and keeps nobody from asking.")]


class Version(Shape):
    """The software."""

    name: str
    version: str


class SubscriptionRow(Shape):
    """A subscription of a list."""

    subscription: str
    members: Annotated[int, Field(description="Principals that hold any role; a group counts, and so does each of its members.")]
    deployments: int
    version: int


class SubscriptionsPage(Page):
    """A page of subscriptions."""

    subscriptions: list[SubscriptionRow]


class RoleHeld(Shape):
    """A role that a principal holds."""

    principal: Annotated[str, Field(description="An opaque id.")]
    kind: PrincipalKind
    role: str
    level: Level
    via: Annotated[str | None, Field(description="The group through which it is held.")]
    since: AwareDatetime


class DeploymentHeld(Shape):
    """A deployment of a subscription."""

    deployment: str
    model: str
    scope: dict[str, str]
    since: AwareDatetime


class Subscription(Shape):
    """A subscription at a time."""

    subscription: str
    roles: list[RoleHeld]
    deployments: list[DeploymentHeld]
    webhooks: list[str]
    version: int
    position: int


class DirectoryImported(Shape):
    """What a listing changed."""

    position: int
    subscriptions: int
    assigned: int
    revoked: int
    created: int
    deleted: int
    runs: Annotated[list[int], Field(description="The notification runs for those who joined.")]
    refused: Annotated[list[str], Field(description="Why nothing of a subscription was recorded.")]


class WebhookRegistered(Written):
    """A webhook, with the secret that its receiver checks signatures by."""

    webhook: str
    secret: Annotated[str, Field(description="Told once.")]


class NoticeRun(Shape):
    """A notification run with its totals."""

    run: int
    model: str
    scope: dict[str, str]
    name: str
    cause: RunCause
    claim: Annotated[int, Field(description="The entry that caused it.")]
    opened_at: AwareDatetime
    legacy: str | None
    deprecated: str | None
    retired: str | None
    policy_version: int
    complete: Annotated[bool, Field(description="Whether its audience is recorded to the end.")]
    expected: Annotated[int, Field(description="How many have to be told.")]
    accepted: int
    failed: int
    excluded: int
    pending: int
    closed: bool


class NoticePlan(Shape):
    """The three dates of a plan, each as it was announced: `on`, `not_before`, `month` or `withdrawn`."""

    legacy: dict[str, str | bool] | None
    deprecated: dict[str, str | bool] | None
    retired: dict[str, str | bool] | None


class ListedNotice(NoticeRun):
    """A notification run of a list."""

    before: Annotated[NoticePlan | None, Field(description="What was planned before; null where nothing was.")]


class NoticesPage(Page):
    """A page of runs."""

    notices: list[ListedNotice]
    overdue: Annotated[list[int], Field(description="Runs that should be closed by now, or in which it is too late for somebody.")]


class MemberCounts(Shape):
    """Members, by what became of them."""

    members: int
    accepted: int
    failed: int
    pending: int
    excluded: int


class LeadDays(Shape):
    """Calendar days from acceptance to a date, over all who were told."""

    least: int
    median: int
    most: int


class NoticeFound(Shape):
    """What needs a person in a run, and how many people it is about."""

    code: NoticeFinding
    members: int


class NoticeAction(Shape):
    """What can be done about a run, by which request."""

    action: Literal["close", "report_deliveries"]
    method: Literal["POST"]
    path: str


class NoticeCoverage(NoticeRun):
    """One run's coverage."""

    closed_at: AwareDatetime | None
    legacy_days_min: int
    deprecated_days_min: int
    exclusions: Annotated[dict[str, int], Field(description="How many cannot be told, by why.")]
    late: Annotated[int, Field(description="Told with fewer days than the policy asks for.")]
    never: Annotated[int, Field(description="Not told: excluded, failed or pending.")]
    lead_days_deprecated: LeadDays | None
    lead_days_retired: LeadDays | None
    roles: dict[str, MemberCounts]
    findings: list[NoticeFound]
    next: list[NoticeAction]
    opened: Annotated[dict[str, Any], Field(description="What its notices say.")]
    position: int


class NoticeSubscription(MemberCounts):
    """One subscription's part of a run."""

    subscription: str


class NoticeSubscriptionsPage(Page):
    """A page of a run's subscriptions."""

    subscriptions: list[NoticeSubscription]


class AuditRow(Shape):
    """Why somebody had to be told, and what became of it."""

    run: int
    model: str
    scope: dict[str, str]
    cause: RunCause
    opened_at: AwareDatetime
    legacy: str | None
    deprecated: str | None
    retired: str | None
    member: int
    id: Annotated[str, Field(description="An opaque id.")]
    address: int
    subscription: str
    role: str
    state: State
    exclusion: str | None
    channel: str | None
    accepted_at: AwareDatetime | None
    attempts: int
    code: str | None
    reference: str | None
    reported_by: str | None
    lead_days_deprecated: int | None
    lead_days_retired: int | None
    late: list[str]
    acknowledged_at: AwareDatetime | None


class NoticeWritten(Written):
    """What a command about a run appended, and how far the run was then."""

    notice: NoticeRun


class AuditPage(Page):
    """A page of the audit."""

    rows: list[AuditRow]


class Checkpoint(Shape):
    """What the ledger held, signed."""

    number: int
    size: Annotated[int, Field(description="Entries that it covers.")]
    note: Annotated[str, Field(description="The signed note (c2sp.org/tlog-checkpoint).")]


class Verified(Shape):
    """What a verification of the ledger's file came to."""

    verdict: Verdict
    reason: Annotated[str | None, Field(description="What is wrong; none where nothing is.")]
    table: Annotated[str | None, Field(description="In which table.")]
    row: Annotated[int | None, Field(description="At which of its rows: of entries, the position.")]
    entries: int
    commands: int
    checkpoints: int
    began_at: AwareDatetime
    ended_at: AwareDatetime


class Verification(Shape):
    """The last verification, and whether one goes on."""

    running_since: Annotated[AwareDatetime | None, Field(description="When the one that goes on began; none where none does.")]
    last: Annotated[Verified | None, Field(description="None: none has ended since the service was started.")]


class Checkpoints(Shape):
    """A page of checkpoints."""

    checkpoints: list[Checkpoint]
    next: Annotated[int | None, Field(description="`after` of the following page, where there is one.")]


class SigningKeys(Shape):
    """The keys by which checkpoints are checked."""

    origin: str
    keys: Annotated[list[str], Field(description="`name+hash+key`, as c2sp.org/signed-note has it.")]


class Consistency(Shape):
    """That a log is the beginning of another."""

    old: int
    new: int
    path: Annotated[list[str], Field(description="Hashes in base64 (RFC 9162, 2.1.4.1).")]


class ProvenEntry(Shape):
    """An entry as it is stored, with its audit path."""

    position: int
    stream: str
    version: int
    topic: str
    recorded_at: str
    actor: str
    state: Annotated[str, Field(description="The stored bytes, as UTF-8.")]
    path: list[str]


class StreamHead(Shape):
    """Where a stream ends."""

    stream: str
    version: int
    position: int


class ProvenStream(StreamHead):
    """Where a stream ends, with the proof; version 0 where it is not there."""

    siblings: list[str]
    other: Annotated[StreamHead | None, Field(description="The stream that holds its place, where it is not there.")]


class Bundle(Shape):
    """An answer that carries its proof; `verify_answer.py` checks it without this service."""

    format: str
    kind: Literal["stage", "told", "closure"]
    question: dict[str, Any]
    answer: dict[str, Any]
    entries: list[ProvenEntry]
    streams: list[ProvenStream]
    checkpoint: Annotated[str, Field(description="The signed note under which all of it stands.")]
