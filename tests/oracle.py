"""The rules of the model lifecycle ledger, written a second time: a second opinion on every answer.

Give it the entries of one model and a question, and compare its answer with the one you were given. It stands alone
(Python 3.11, standard library only) and evaluates the definitions below at each instant, with nothing clever between.

1.  Three clocks. `valid_at`: when a stage holds in the world. `known_at`: only what was announced by then counts.
    `position`: only what the ledger had recorded by then exists. A claim counts for a question when its scope is
    contained in the question's. The authority of a claim is (announced_at, position): the greater one is the later.
2.  Withdrawals. A claim withdrawn by the provider counts until the withdrawal was announced. A claim withdrawn by the
    recorder was misread, and never counts. A withdrawal can itself be withdrawn, by the same rules.
3.  Dates. `on` is firm; a firm month takes effect at the first instant of the month after it. `not_before` is a floor
    and changes no stage by itself. `withdrawn` says that there is no date any more.
4.  Listing. The most specific, then latest, listing gives the first stage (without one: generally available). Before
    its `since` a model is not listed; with nothing that counts it is not known.
5.  Plan. For legacy, deprecated, retired and the replacements: the most specific, then latest, claim that states it.
    Each firm date of the plan is an edge: from that instant on the stage is planned to be at least this one.
6.  Facts. A transition stated by the provider, at its effective time; and a label, at its announcement. A transition
    that the ledger's own clock recorded (`basis: schedule`) only confirms the plan, and never counts. A label is
    ignored when (a) the same claim's own dates say another stage by then, (b) it would lower a stage set by the dates
    of another source, or (c) it alone would leave `retired`. A retired fact ends when a later claim states a later,
    floor or withdrawn retirement.
7.  The stage at T is the highest of the latest fact that holds at T and the edges after that fact up to T; an edge at
    the very instant of a label is after it, at the very instant of a transition it is not. Without a fact: the highest
    of the listed stage and the edges up to T. `since` and `until` are the ends of the stretch of equal stage around T;
    `next` is the change at `until`, or the lowest floor that stands between the stage of now and that change.
8.  Findings travel with the answer and never change it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

__all__ = ["answer", "boundaries"]

JSON = dict[str, Any]

STAGES = ("preview", "generally_available", "legacy", "deprecated", "retired")
PLANNED_STAGES = ("legacy", "deprecated", "retired")
PLANNED_FIELDS = (*PLANNED_STAGES, "replacements")
CLAIM_TYPES = ("ModelListed", "RetirementAnnounced", "StageEntered")

BEGINNING_OF_TIME = datetime.min.replace(tzinfo=UTC)
END_OF_TIME = datetime.max.replace(tzinfo=UTC)
LAST_MONTH = "9999-12"  # no calendar here has a month after it


# --- Instants and dates -----------------------------------------------------------------------------------------------


def instant(text: str) -> datetime:
    """Read an RFC 3339 instant."""
    return datetime.fromisoformat(text).astimezone(UTC)


def rfc3339(at: datetime) -> str:
    """Write an instant, with six digits of fraction or none."""
    return at.isoformat().replace("+00:00", "Z")


def is_month(value: str) -> bool:
    return len(value) == len("2025-04")


def is_day(value: str) -> bool:
    return len(value) == len("2025-04-15")


def floor_instant(value: str) -> datetime:
    """The first instant of a day or of a month; an instant is itself."""
    if is_month(value):
        return floor_instant(f"{value}-01")
    if is_day(value):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return instant(value)


def firm_instant(value: str) -> datetime:
    """When a firm date takes effect: a month at the first instant of the next one."""
    if not is_month(value):
        return floor_instant(value)
    if value == LAST_MONTH:
        return END_OF_TIME
    return (floor_instant(value) + timedelta(days=31)).replace(day=1)


def calendar_days(earlier: datetime, later: datetime) -> int:
    return (later.date() - earlier.date()).days


def rank(stage: str) -> int:
    return STAGES.index(stage)


def highest(stages: Iterable[str]) -> str:
    return max(stages, key=rank)


# --- What was recorded ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One event of the log: a claim, a withdrawal or the adoption of a policy."""

    position: int
    recorded_at: datetime
    type: str
    announced_at: datetime
    event: JSON

    @property
    def authority(self) -> tuple[datetime, int]:
        return (self.announced_at, self.position)

    @property
    def scope(self) -> dict[str, str]:
        return dict(self.event["scope"])

    @property
    def source_name(self) -> str:
        return str(self.event["source"]["name"])


def read_entry(entry: JSON) -> Entry:
    event = entry["event"]
    return Entry(
        position=entry["position"],
        recorded_at=instant(entry["recorded_at"]),
        type=entry["type"],
        announced_at=instant(event["announced_at"]),
        event=event,
    )


def is_claim(entry: Entry) -> bool:
    """Whether an entry can count at all: what the ledger's own clock recorded only confirms the plan."""
    confirms_only = entry.type == "StageEntered" and entry.event["basis"] == "schedule"
    return entry.type in CLAIM_TYPES and not confirms_only


def states(claim: Entry, field: str) -> bool:
    """Whether an announcement says anything about a field: absent states nothing."""
    return claim.event[field] is not None


def states_kind(claim: Entry, field: str, kind: str) -> bool:
    return states(claim, field) and claim.event[field]["kind"] == kind


def firm_date(claim: Entry, field: str) -> datetime | None:
    """The firm instant that an announcement states for a stage, if it states one."""
    return firm_instant(claim.event[field]["value"]) if states_kind(claim, field, "on") else None


# --- What counts ------------------------------------------------------------------------------------------------------


def targets(withdrawal: Entry, entry: Entry) -> bool:
    return withdrawal.event["claim"] == entry.position and entry.position < withdrawal.position


def withdrawals_in_effect(entries: list[Entry], known_at: datetime) -> list[Entry]:
    """Walk backwards: by the time we meet a withdrawal, all that could undo it have been judged."""
    in_effect: list[Entry] = []
    for entry in sorted(entries, key=lambda entry: entry.position, reverse=True):
        if entry.type != "AnnouncementWithdrawn":
            continue
        undone = any(targets(later, entry) for later in in_effect)
        applies = entry.event["by"] == "recorder" or entry.announced_at <= known_at
        if applies and not undone:
            in_effect.append(entry)
    return in_effect


def visible_claims(entries: list[Entry], known_at: datetime) -> list[Entry]:
    """The claims that count in all but scope."""
    withdrawals = withdrawals_in_effect(entries, known_at)
    return [
        entry
        for entry in entries
        if is_claim(entry) and entry.announced_at <= known_at and not any(targets(withdrawal, entry) for withdrawal in withdrawals)
    ]


def scope_matches(claim: Entry, scope: dict[str, str]) -> bool:
    """Whether the claim's scope is contained in the question's."""
    return claim.scope.items() <= scope.items()


def scope_conflicts(claim: Entry, scope: dict[str, str]) -> bool:
    """Whether the claim and the question name the same key with another value."""
    return any(key in scope and scope[key] != value for key, value in claim.scope.items())


def first_known_at(entries: list[Entry], scope: dict[str, str], known_at: datetime) -> datetime | None:
    """When the first claim was announced, of those that were not misread."""
    misread = [w for w in withdrawals_in_effect(entries, known_at) if w.event["by"] == "recorder"]
    announced = [
        entry.announced_at
        for entry in entries
        if is_claim(entry) and scope_matches(entry, scope) and not any(targets(w, entry) for w in misread)
    ]
    return min(announced, default=None)


def most_specific_then_latest(claims: list[Entry]) -> Entry | None:
    return max(claims, key=lambda claim: (len(claim.scope), claim.authority), default=None)


# --- Listing and plan -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """Everything that an answer may rest on: the claims that count, and what they say together."""

    claims: list[Entry]
    policies: list[Entry]

    @property
    def announcements(self) -> list[Entry]:
        return [claim for claim in self.claims if claim.type == "RetirementAnnounced"]

    @property
    def listing(self) -> Entry | None:
        return most_specific_then_latest([claim for claim in self.claims if claim.type == "ModelListed"])

    @property
    def listed_stage(self) -> str:
        return "generally_available" if self.listing is None else str(self.listing.event["stage"])

    @property
    def listed_since(self) -> datetime | None:
        if self.listing is None or self.listing.event["since"] is None:
            return None
        return instant(self.listing.event["since"])

    def deciding(self, field: str) -> Entry | None:
        """The announcement that decides one field of the plan."""
        return most_specific_then_latest([claim for claim in self.announcements if states(claim, field)])

    def planned(self, stage: str) -> datetime | None:
        """The firm instant of a stage in the plan, if the deciding claim states a firm one."""
        claim = self.deciding(stage)
        return None if claim is None else firm_date(claim, stage)

    def has_floor(self, stage: str) -> bool:
        claim = self.deciding(stage)
        return claim is not None and states_kind(claim, stage, "not_before")


@dataclass(frozen=True)
class Edge:
    """A firm date of the plan."""

    at: datetime
    stage: str
    claim: Entry


def plan_edges(known: Known) -> list[Edge]:
    edges = []
    for stage in PLANNED_STAGES:
        claim, at = known.deciding(stage), known.planned(stage)
        if claim is not None and at is not None:
            edges.append(Edge(at, stage, claim))
    return edges


# --- Facts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fact:
    """A stage that was stated as such: a transition or a label. `end` is exclusive, None for no end."""

    at: datetime
    stage: str
    kind: str
    claim: Entry
    end: datetime | None

    @property
    def order(self) -> tuple[datetime, datetime, int]:
        return (self.at, *self.claim.authority)

    def holds_at(self, at: datetime) -> bool:
        return self.at <= at and (self.end is None or at < self.end)

    def is_before(self, edge: Edge) -> bool:
        return self.at <= edge.at if self.kind == "label" else self.at < edge.at


@dataclass(frozen=True)
class IgnoredLabel:
    at: datetime
    finding: JSON


@dataclass(frozen=True)
class Timeline:
    """What decides the stage at each instant."""

    listed_stage: str
    edges: list[Edge]
    facts: list[Fact]

    def latest_fact(self, at: datetime) -> Fact | None:
        return max((fact for fact in self.facts if fact.holds_at(at)), key=lambda fact: fact.order, default=None)

    def edges_taking_part(self, at: datetime) -> list[Edge]:
        fact = self.latest_fact(at)
        return [edge for edge in self.edges if edge.at <= at and (fact is None or fact.is_before(edge))]

    def stage_without_edges(self, at: datetime) -> str:
        fact = self.latest_fact(at)
        return self.listed_stage if fact is None else fact.stage

    def stage(self, at: datetime) -> str:
        return highest([self.stage_without_edges(at), *(edge.stage for edge in self.edges_taking_part(at))])

    def basis(self, at: datetime) -> str:
        if rank(self.stage(at)) > rank(self.stage_without_edges(at)):
            return "plan"
        fact = self.latest_fact(at)
        return "listed" if fact is None else fact.kind


def reopens(claim: Entry, retired_at: datetime) -> bool:
    """Whether an announcement states a later, floor or withdrawn retirement."""
    firm = firm_date(claim, "retired")
    later = firm is not None and firm > retired_at
    return later or states_kind(claim, "retired", "not_before") or states_kind(claim, "retired", "withdrawn")


def end_of_fact(known: Known, stage: str, at: datetime, claim: Entry) -> datetime | None:
    if stage != "retired":
        return None
    later = [other for other in known.announcements if other.authority > claim.authority]
    return min((other.announced_at for other in later if reopens(other, at)), default=None)


def candidate_facts(known: Known) -> list[Fact]:
    """Every transition and every label that was stated, in order."""
    stated = []
    for claim in known.claims:
        if claim.type == "StageEntered":
            stated.append((instant(claim.event["effective_at"]), claim.event["stage"], "transition", claim))
        if claim.type == "RetirementAnnounced" and states(claim, "label"):
            stated.append((claim.announced_at, claim.event["label"], "label", claim))
    facts = [Fact(at, stage, kind, claim, end_of_fact(known, stage, at, claim)) for at, stage, kind, claim in stated]
    return sorted(facts, key=lambda fact: fact.order)


def own_dates_contradict(label: Fact) -> bool:
    own = {stage: firm_date(label.claim, stage) for stage in PLANNED_STAGES}
    passed = [stage for stage, at in own.items() if at is not None and at <= label.at]
    return bool(passed) and highest(passed) != label.stage


def overruling_claim(label: Fact, before: Timeline, known: Known) -> tuple[str, Entry] | None:
    """The highest stage by dates that another source states and the label would lower, with that source's latest claim of it.

    It does not matter whether that claim decides the plan, or whether an earlier fact agreed with it in between.
    """
    if rank(label.stage) >= rank(before.stage(label.at)):
        return None
    lowered = [e for e in before.edges if e.at <= label.at and rank(e.stage) > rank(label.stage)]
    for edge in sorted(lowered, key=lambda edge: rank(edge.stage), reverse=True):
        others = [c for c in known.announcements if c.source_name != label.claim.source_name and firm_date(c, edge.stage) == edge.at]
        if others:
            return edge.stage, max(others, key=lambda claim: claim.authority)
    return None


def why_ignored(label: Fact, before: Timeline, known: Known) -> JSON | None:
    """The finding for which a label is ignored, given the facts accepted before it; None when it is accepted."""
    contradiction = {"code": "label_contradicts_dates", "position": label.claim.position}
    if own_dates_contradict(label):
        return contradiction
    overruling = overruling_claim(label, before, known)
    if overruling is not None:
        stage, claim = overruling
        return {
            "code": "sources_conflict",
            "field": "stage",
            "values": sorted([label.stage, stage]),
            "sources": sorted({label.claim.source_name, claim.source_name}),
            "position": label.claim.position,
        }
    if before.stage(label.at) == "retired" and label.stage != "retired":
        return contradiction
    return None


def judge_facts(known: Known) -> tuple[Timeline, list[IgnoredLabel]]:
    """Go through the candidates in order, each label judged by what was accepted before it."""
    timeline = Timeline(known.listed_stage, plan_edges(known), [])
    ignored = []
    for fact in candidate_facts(known):
        finding = why_ignored(fact, timeline, known) if fact.kind == "label" else None
        if finding is None:
            timeline = Timeline(timeline.listed_stage, timeline.edges, [*timeline.facts, fact])
        else:
            ignored.append(IgnoredLabel(fact.at, finding))
    return timeline, ignored


# --- Since, until, next -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stretch:
    """A stretch of unbroken equal stage, up to the next one."""

    start: datetime
    stage: str


def stretches(timeline: Timeline, listed_since: datetime | None) -> list[Stretch]:
    """The stage only changes at an edge, at a fact or at the end of one: ask at each, from the listing on."""
    start = BEGINNING_OF_TIME if listed_since is None else listed_since
    moments = {start, *(edge.at for edge in timeline.edges), *(fact.at for fact in timeline.facts)}
    moments |= {fact.end for fact in timeline.facts if fact.end is not None}
    found: list[Stretch] = []
    for at in sorted(moment for moment in moments if moment >= start):
        stage = timeline.stage(at)
        if not found or found[-1].stage != stage:
            found.append(Stretch(at, stage))
    return found


def next_step(known: Known, stage: str, change: Stretch | None) -> JSON | None:
    """The change that will come; or the lowest floor that lies between the stage of today and that change."""
    for floor in PLANNED_STAGES:
        before_change = change is None or rank(floor) < rank(change.stage)
        claim = known.deciding(floor)
        if claim is not None and known.has_floor(floor) and rank(floor) > rank(stage) and before_change:
            return {"stage": floor, "not_before": rfc3339(floor_instant(claim.event[floor]["value"]))}
    return None if change is None else {"stage": change.stage, "on": rfc3339(change.start)}


# --- Findings of the plan ---------------------------------------------------------------------------------------------


def policy_in_force(known: Known, at: datetime) -> Entry | None:
    def order(policy: Entry) -> tuple[datetime, datetime, int]:
        return (instant(policy.event["in_force_from"]), *policy.authority)

    return max((p for p in known.policies if instant(p.event["in_force_from"]) <= at), key=order, default=None)


def window_short(known: Known, stage: str, following: str) -> list[JSON]:
    """The days between two firm dates, against the policy in force when the later one of them was announced."""
    claims = (known.deciding(stage), known.deciding(following))
    start, end = known.planned(stage), known.planned(following)
    if start is None or end is None:
        return []
    policy = policy_in_force(known, max(claim.announced_at for claim in claims if claim is not None))
    if policy is None:
        return []
    days, required = calendar_days(start, end), policy.event[f"{stage}_days_min"]
    if days >= required:
        return []
    version = policy.event["version"]
    return [{"code": f"{stage}_window_short", "days": days, "required": required, "policy_version": version}]


def legacy_skipped(known: Known) -> list[JSON]:
    claim = known.deciding("deprecated")
    if claim is None or known.planned("deprecated") is None or known.planned("legacy") is not None:
        return []
    policy = policy_in_force(known, claim.announced_at)
    return [] if policy is None else [{"code": "legacy_skipped", "policy_version": policy.event["version"]}]


def announced_after_effective(known: Known, stage: str) -> list[JSON]:
    effective_at = known.planned(stage)
    if effective_at is None:
        return []
    announced_at = min(claim.announced_at for claim in known.announcements if firm_date(claim, stage) == effective_at)
    if announced_at <= effective_at:
        return []
    times = {"effective_at": rfc3339(effective_at), "announced_at": rfc3339(announced_at)}
    return [{"code": "announced_after_effective", "stage": stage, **times}]


def previous_word(known: Known, claim: Entry, field: str) -> Entry | None:
    """What the same source said before, of the same scope, about the same field, where it was another date."""
    earlier = [
        other
        for other in known.announcements
        if states(other, field)
        and firm_date(other, field) != firm_date(claim, field)
        and other.authority < claim.authority
        and other.source_name == claim.source_name
        and other.scope == claim.scope
    ]
    return max(earlier, key=lambda other: other.authority, default=None)


def date_moved_earlier(known: Known, stage: str) -> list[JSON]:
    claim, now = known.deciding(stage), known.planned(stage)
    previous = None if claim is None else previous_word(known, claim, stage)
    if claim is None or now is None or previous is None:
        return []
    before = firm_date(previous, stage)
    if before is None or before <= now:
        return []
    moved = {"from": previous.event[stage]["value"], "to": claim.event[stage]["value"]}
    return [{"code": "date_moved_earlier", "stage": stage, **moved, "days": calendar_days(now, before)}]


def last_words(claims: list[Entry]) -> list[Entry]:
    """The latest claim of each source, and the others that stand in the same document of the same day."""
    words = []
    for claim in claims:
        last = max((c for c in claims if c.source_name == claim.source_name), key=lambda c: c.authority)
        document = claim.event["source"]["document"]
        same_document = document is not None and document == last.event["source"]["document"]
        if claim is last or (same_document and claim.announced_at == last.announced_at):
            words.append(claim)
    return words


def meaning(claim: Entry, field: str) -> tuple[Any, ...]:
    """What is compared: two texts of one instant and kind mean the same."""
    stated = claim.event[field]
    if field == "replacements":
        return tuple(stated)
    if stated["kind"] == "withdrawn":
        return ("withdrawn",)
    read = firm_instant if stated["kind"] == "on" else floor_instant
    return (stated["kind"], read(stated["value"]))


def wording(claim: Entry, field: str) -> str:
    stated = claim.event[field]
    if field == "replacements":
        return ", ".join(stated)
    if stated["kind"] == "withdrawn":
        return "withdrawn"
    return f"not before {stated['value']}" if stated["kind"] == "not_before" else str(stated["value"])


def sources_conflict(known: Known, field: str) -> list[JSON]:
    deciding = known.deciding(field)
    if deciding is None:
        return []
    words = last_words([c for c in known.announcements if states(c, field) and c.scope == deciding.scope])
    meanings = {meaning(word, field) for word in words}
    if len(meanings) <= 1:
        return []
    values = sorted({min(wording(word, field) for word in words if meaning(word, field) == m) for m in meanings})
    sources = sorted({word.source_name for word in words})
    return [{"code": "sources_conflict", "field": field, "values": values, "sources": sources}]


def imprecise_date(known: Known, stage: str) -> list[JSON]:
    claim = known.deciding(stage)
    if claim is None or states_kind(claim, stage, "withdrawn") or not is_month(claim.event[stage]["value"]):
        return []
    return [{"code": "imprecise_date", "stage": stage}]


def plan_findings(known: Known) -> list[JSON]:
    findings = [
        *window_short(known, "legacy", "deprecated"),
        *window_short(known, "deprecated", "retired"),
        *legacy_skipped(known),
    ]
    for stage in PLANNED_STAGES:
        findings += announced_after_effective(known, stage)
        findings += date_moved_earlier(known, stage)
        findings += imprecise_date(known, stage)
    for field in PLANNED_FIELDS:
        findings += sources_conflict(known, field)
    if known.listed_since is None:
        findings.append({"code": "listing_date_unknown"})
    return findings


# --- Findings of the timeline, of the scope, of the evidence ----------------------------------------------------------


def moved_backwards(found: list[Stretch], valid_at: datetime) -> list[JSON]:
    return [
        {"code": "stage_moved_backwards", "from": before.stage, "to": after.stage, "at": rfc3339(after.start)}
        for before, after in pairwise(found)
        if rank(after.stage) < rank(before.stage) and after.start <= valid_at
    ]


def differs_by_scope(visible: list[Entry], scope: dict[str, str]) -> list[JSON]:
    """The narrower scopes that claims speak of, and that the question leaves open."""
    scopes: list[dict[str, str]] = []
    for claim in visible:
        left_open = not scope_matches(claim, scope) and not scope_conflicts(claim, scope)
        if left_open and claim.scope not in scopes:
            scopes.append(claim.scope)
    return [{"code": "differs_by_scope", "scopes": scopes}] if scopes else []


def backdated(evidence: list[Entry]) -> list[JSON]:
    """The evidence that was announced on an earlier day than the ledger recorded it."""
    positions = [entry.position for entry in evidence if entry.announced_at.date() < entry.recorded_at.date()]
    return [{"code": "backdated", "positions": positions}] if positions else []


def evidence_of(known: Known, fact: Fact | None) -> list[Entry]:
    """The listing, the claims that decide the plan and the fact that holds, each once, by position."""
    parts = [known.listing, *(known.deciding(field) for field in PLANNED_FIELDS), None if fact is None else fact.claim]
    by_position = {entry.position: entry for entry in parts if entry is not None}
    return [by_position[position] for position in sorted(by_position)]


# --- The answer -------------------------------------------------------------------------------------------------------


def answer(entries: list[JSON], question: JSON) -> JSON:
    """Answer one question from the entries of one model and the policies of its catalog."""
    scope, known_at, valid_at = question["scope"], instant(question["known_at"]), instant(question["valid_at"])
    recorded = [read_entry(entry) for entry in entries if entry["position"] <= question["position"]]
    visible = visible_claims(recorded, known_at)
    known = Known(
        claims=[claim for claim in visible if scope_matches(claim, scope)],
        policies=[entry for entry in recorded if entry.type == "PolicyAdopted" and entry.announced_at <= known_at],
    )
    other_scopes = differs_by_scope(visible, scope)
    if not known.claims:
        return not_known(first_known_at(recorded, scope, known_at), other_scopes)
    if known.listed_since is not None and valid_at < known.listed_since:
        return not_listed(known, known.listed_since, other_scopes)
    return in_stage(known, valid_at, other_scopes)


def not_known(first: datetime | None, other_scopes: list[JSON]) -> JSON:
    nothing = Known(claims=[], policies=[])
    first_text = None if first is None else rfc3339(first)
    return {**without_stage("not_known", nothing), "findings": other_scopes, "first_known_at": first_text}


def not_listed(known: Known, since: datetime, other_scopes: list[JSON]) -> JSON:
    evidence = evidence_of(known, fact=None)
    return {
        **without_stage("not_listed", known),
        "findings": [*plan_findings(known), *other_scopes, *backdated(evidence)],
        "evidence": [entry.position for entry in evidence],
        "listed_since": rfc3339(since),
    }


def in_stage(known: Known, valid_at: datetime, other_scopes: list[JSON]) -> JSON:
    timeline, ignored = judge_facts(known)
    found = stretches(timeline, known.listed_since)
    current = [stretch for stretch in found if stretch.start <= valid_at][-1]
    change = next((stretch for stretch in found if stretch.start > valid_at), None)
    evidence = evidence_of(known, timeline.latest_fact(valid_at))
    return {
        **without_stage("stage", known),
        "stage": timeline.stage(valid_at),
        "since": None if current.start == BEGINNING_OF_TIME else rfc3339(current.start),
        "until": None if change is None else rfc3339(change.start),
        "next": next_step(known, current.stage, change),
        "basis": timeline.basis(valid_at),
        "findings": [
            *plan_findings(known),
            *(label.finding for label in ignored if label.at <= valid_at),
            *moved_backwards(found, valid_at),
            *other_scopes,
            *backdated(evidence),
        ],
        "evidence": [entry.position for entry in evidence],
    }


def without_stage(status: str, known: Known) -> JSON:
    """What can be said whatever the stage is: the schedule and the replacements."""
    replacing = known.deciding("replacements")
    return {
        "status": status,
        "stage": None,
        "since": None,
        "until": None,
        "next": None,
        "basis": None,
        "schedule": {stage: scheduled(known.deciding(stage), stage) for stage in PLANNED_STAGES},
        "replacements": [] if replacing is None else list(replacing.event["replacements"]),
        "findings": [],
        "evidence": [],
    }


def scheduled(claim: Entry | None, stage: str) -> JSON | None:
    if claim is None:
        return None
    return {"kind": claim.event[stage]["kind"], "value": claim.event[stage]["value"], "position": claim.position}


# --- The instants at which an answer can change -----------------------------------------------------------------------


def boundaries(entries: list[JSON]) -> dict[str, list[str]]:
    """Every instant worth asking at (and just before, and just after), on the valid and on the known axis."""
    recorded = [read_entry(entry) for entry in entries]
    valid = {at for entry in recorded for at in valid_boundaries(entry)}
    known = {entry.announced_at for entry in recorded}
    known |= {instant(entry.event["in_force_from"]) for entry in recorded if entry.type == "PolicyAdopted"}
    return {"valid": [rfc3339(at) for at in sorted(valid)], "known": [rfc3339(at) for at in sorted(known)]}


def valid_boundaries(entry: Entry) -> list[datetime]:
    if entry.type == "ModelListed" and entry.event["since"] is not None:
        return [instant(entry.event["since"])]
    if entry.type == "StageEntered":
        return [instant(entry.event["effective_at"])]
    if entry.type == "RetirementAnnounced":
        values = [entry.event[stage]["value"] for stage in PLANNED_STAGES if states(entry, stage)]
        dates = [read(value) for value in values if value is not None for read in (floor_instant, firm_instant)]
        # A label is a fact from its announcement on, and a stated retirement may end a retired fact at its own.
        speaks_now = states(entry, "label") or states(entry, "retired")
        return [*dates, entry.announced_at] if speaks_now else dates
    return []
