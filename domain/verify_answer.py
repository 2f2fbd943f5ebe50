"""Checks an answer that carries its proof, offline and without the ledger's software: one file, to be copied anywhere.

    python verify_answer.py BUNDLE.json --key KEY [--checkpoint NOTE [--consistency PROOF.json]] [--json]

Python 3.11 and its standard library are enough, and `cryptography` for the signature. KEY is a line `name+hash+key` that you have from
somebody whom you trust, and not from the bundle. Exit codes: 0 proven, 1 refused, 2 usage, 3 could not tell.

What is checked, in this order:

a.  The checkpoint (a signed note, c2sp.org/tlog-checkpoint) is signed by KEY. It commits to the root of a Merkle tree over all entries of
    the log, and to the root of a map of all streams, each with its number of entries.
b.  Each entry of the bundle is a leaf of that tree, byte by byte (RFC 9162, 2.1.3), and its stream has exactly the entries that the bundle
    has: none of them is missing.
c.  The rules below, applied to those entries, give the answer of the bundle, field by field.

It is written from the definitions alone, and is the second opinion on every answer: the ledger's own tests compare the two.

The rules of the model lifecycle ledger, evaluated at each instant with nothing clever between:

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

A person counts as told from the first acceptance by a server that no later bounce took back; a run is closed when everybody of its audience
is accepted, failed or excluded. Findings that need other models (`replacement_...`) are no part of a bundle.
"""

import argparse
import hashlib
import json
import sys
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

__all__ = ["NotTold", "Proven", "Refused", "answer", "boundaries", "verify"]

JSON = dict[str, Any]
Shape = Mapping[str, type | tuple[type, ...]]

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
    return Entry(entry["position"], instant(entry["recorded_at"]), entry["type"], instant(event["announced_at"]), event)


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
    announced = [entry for entry in entries if is_claim(entry) and entry.announced_at <= known_at]
    return [claim for claim in announced if not any(targets(withdrawal, claim) for withdrawal in withdrawals)]


def scope_matches(claim: Entry, scope: dict[str, str]) -> bool:
    """Whether the claim's scope is contained in the question's."""
    return claim.scope.items() <= scope.items()


def scope_conflicts(claim: Entry, scope: dict[str, str]) -> bool:
    """Whether the claim and the question name the same key with another value."""
    return any(key in scope and scope[key] != value for key, value in claim.scope.items())


def first_known_at(entries: list[Entry], scope: dict[str, str], known_at: datetime) -> datetime | None:
    """When the first claim was announced, of those that were not misread."""
    misread = [w for w in withdrawals_in_effect(entries, known_at) if w.event["by"] == "recorder"]
    claims = [entry for entry in entries if is_claim(entry) and scope_matches(entry, scope)]
    return min((claim.announced_at for claim in claims if not any(targets(w, claim) for w in misread)), default=None)


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
        sources = sorted({label.claim.source_name, claim.source_name})
        conflict = {"code": "sources_conflict", "field": "stage", "values": sorted([label.stage, stage]), "sources": sources}
        return {**conflict, "position": label.claim.position}
    if before.stage(label.at) == "retired" and label.stage != "retired":
        return contradiction
    return None


def judge_facts(known: Known) -> tuple[Timeline, list[tuple[datetime, JSON]]]:
    """Go through the candidates in order, each label judged by what was accepted before it; return the findings of ignored ones too."""
    timeline = Timeline(known.listed_stage, plan_edges(known), [])
    ignored = []
    for fact in candidate_facts(known):
        finding = why_ignored(fact, timeline, known) if fact.kind == "label" else None
        if finding is None:
            timeline = Timeline(timeline.listed_stage, timeline.edges, [*timeline.facts, fact])
        else:
            ignored.append((fact.at, finding))
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
    if policy is None or calendar_days(start, end) >= policy.event[f"{stage}_days_min"]:
        return []
    days, required, version = calendar_days(start, end), policy.event[f"{stage}_days_min"], policy.event["version"]
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
    said = (claim.source_name, claim.scope)
    own = [other for other in known.announcements if (other.source_name, other.scope) == said and other.authority < claim.authority]
    earlier = [other for other in own if states(other, field) and firm_date(other, field) != firm_date(claim, field)]
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
    findings = [*window_short(known, "legacy", "deprecated"), *window_short(known, "deprecated", "retired"), *legacy_skipped(known)]
    for stage in PLANNED_STAGES:
        findings += announced_after_effective(known, stage)
        findings += date_moved_earlier(known, stage)
        findings += imprecise_date(known, stage)
    for field in PLANNED_FIELDS:
        findings += sources_conflict(known, field)
    return findings if known.listed_since is not None else [*findings, {"code": "listing_date_unknown"}]


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
    ordered = sorted(scopes, key=lambda scope: sorted(scope.items()))
    return [{"code": "differs_by_scope", "scopes": ordered}] if scopes else []


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
    policies = [entry for entry in recorded if entry.type == "PolicyAdopted" and entry.announced_at <= known_at]
    known = Known([claim for claim in visible if scope_matches(claim, scope)], policies)
    other_scopes = differs_by_scope(visible, scope)
    if not known.claims:
        return not_known(first_known_at(recorded, scope, known_at), other_scopes)
    if known.listed_since is not None and valid_at < known.listed_since:
        return not_listed(known, known.listed_since, other_scopes)
    return in_stage(known, valid_at, other_scopes)


def not_known(first: datetime | None, other_scopes: list[JSON]) -> JSON:
    first_text = None if first is None else rfc3339(first)
    return {**without_stage("not_known", Known([], [])), "findings": other_scopes, "first_known_at": first_text}


def not_listed(known: Known, since: datetime, other_scopes: list[JSON]) -> JSON:
    evidence = evidence_of(known, fact=None)
    findings = [*plan_findings(known), *other_scopes, *backdated(evidence)]
    rest = {"findings": findings, "evidence": [entry.position for entry in evidence], "listed_since": rfc3339(since)}
    return {**without_stage("not_listed", known), **rest}


def in_stage(known: Known, valid_at: datetime, other_scopes: list[JSON]) -> JSON:
    timeline, ignored = judge_facts(known)
    found = stretches(timeline, known.listed_since)
    current = [stretch for stretch in found if stretch.start <= valid_at][-1]
    change = next((stretch for stretch in found if stretch.start > valid_at), None)
    labels = [finding for at, finding in ignored if at <= valid_at]
    evidence = evidence_of(known, timeline.latest_fact(valid_at))
    return {
        **without_stage("stage", known),
        "stage": timeline.stage(valid_at),
        "since": None if current.start == BEGINNING_OF_TIME else rfc3339(current.start),
        "until": None if change is None else rfc3339(change.start),
        "next": next_step(known, current.stage, change),
        "basis": timeline.basis(valid_at),
        "decided_by": decided_by(known, timeline, valid_at),
        "findings": [*plan_findings(known), *labels, *moved_backwards(found, valid_at), *other_scopes, *backdated(evidence)],
        "evidence": [entry.position for entry in evidence],
    }


def decided_by(known: Known, timeline: Timeline, valid_at: datetime) -> int | None:
    """The claim that decides the stage: the edge or the fact that it stands on, else the listing."""
    basis, fact = timeline.basis(valid_at), timeline.latest_fact(valid_at)
    if basis == "plan":
        return max(timeline.edges_taking_part(valid_at), key=lambda edge: rank(edge.stage)).claim.position
    if fact is not None:
        return fact.claim.position
    return None if known.listing is None else known.listing.position


def without_stage(status: str, known: Known) -> JSON:
    """What can be said whatever the stage is: the schedule and the replacements."""
    replacing = known.deciding("replacements")
    return {
        "status": status,
        **dict.fromkeys(("stage", "since", "until", "next", "basis", "decided_by")),
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


# --- What is refused --------------------------------------------------------------------------------------------------


class Refused(Exception):  # it is what happened
    """The bundle does not prove its answer; the text says where."""


class NotTold(Exception):
    """Nothing can be said: something is missing that has to come from elsewhere."""


BUNDLE_BYTES_MAX = 64 * 1024 * 1024
FORMAT = "lifecycle-ledger/proof/v1"
NEED_OTHER_MODELS = ("replacement_unknown", "replacement_retired", "replacement_cycle")


def refuse_unless(condition: bool, reason: str) -> None:  # noqa: FBT001
    if not condition:
        raise Refused(reason)


def read_json(content: bytes, what: str) -> Any:  # noqa: ANN401
    """Read JSON in which nothing can mean two things: no name twice, no NaN, no depth that nobody needs."""

    def unique(pairs: list[tuple[str, Any]]) -> JSON:
        found = dict(pairs)
        refuse_unless(len(found) == len(pairs), f"{what} has a name twice in one object")
        return found

    def no_constant(name: str) -> NoReturn:
        raise Refused(f"{what} holds {name}")

    refuse_unless(len(content) <= BUNDLE_BYTES_MAX, f"{what} is larger than {BUNDLE_BYTES_MAX} bytes")
    try:
        return json.loads(content.decode(), object_pairs_hook=unique, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        raise Refused(f"{what} is no JSON that can be read ({type(error).__name__})") from None


def fields(value: object, what: str, names: Shape) -> JSON:
    """Return an object that has exactly these fields, each of its type."""
    if not isinstance(value, dict):
        raise Refused(f"{what} is no object")
    refuse_unless(value.keys() == names.keys(), f"{what} has the fields {sorted(value)}, not {sorted(names)}")
    for name, kind in names.items():
        fits = isinstance(value[name], kind) and not (isinstance(value[name], bool) and kind is int)
        refuse_unless(fits, f"{name} of {what} is of another type")
    return value


def base64(text: object, what: str) -> bytes:
    """Read base64 that is written in the one way there is."""
    try:
        content = b64decode(str(text), validate=True)
    except ValueError:
        raise Refused(f"{what} is no base64") from None
    refuse_unless(isinstance(text, str) and b64encode(content).decode() == text, f"{what} is no base64 in its only form")
    return content


def hashes(values: object, what: str) -> list[bytes]:
    """Read a list of hashes."""
    if not isinstance(values, list):
        raise Refused(f"{what} is no list")
    found = [base64(value, what) for value in values]
    refuse_unless(all(len(each) == len(EMPTY) for each in found), f"{what} holds what is no hash")
    return found


def number(text: str, what: str) -> int:
    """Read a number in digits."""
    fits = text.isascii() and text.isdecimal() and len(text) <= len(str(2**63)) and (text == "0" or text[0] != "0")
    refuse_unless(fits, f"{what} is no number")
    return int(text)


# --- Trees (RFC 9162, 2.1) --------------------------------------------------------------------------------------------

EMPTY = hashlib.sha256().digest()


def leaf_of(kind: str, *parts: int | str) -> bytes:
    """The hash of a leaf: what it is of, and each field after its length."""
    content = f"lifecycle-ledger/{kind}/v1\n".encode()
    for part in parts:
        field = str(part).encode()
        content += len(field).to_bytes(8, "big") + field
    return hashlib.sha256(b"\x00" + content).digest()


def node_of(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_by_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """The root that a leaf and its path lead to (RFC 9162, 2.1.3.2)."""
    refuse_unless(0 <= index < size, "an entry lies beyond the checkpoint")
    place, last, root = index, size - 1, leaf
    for step in path:
        refuse_unless(last > 0, "a path is too long")
        if place % 2 or place == last:
            root = node_of(step, root)
            while not place % 2 and place:
                place, last = place // 2, last // 2
        else:
            root = node_of(root, step)
        place, last = place // 2, last // 2
    refuse_unless(last == 0, "a path is too short")
    return root


def roots_by_consistency(old: int, new: int, old_root: bytes, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The roots of the older and of the newer tree that a consistency proof leads to (RFC 9162, 2.1.4.2)."""
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    refuse_unless(bool(steps), "a consistency proof is too short")
    place, last = old - 1, new - 1
    while place % 2:
        place, last = place // 2, last // 2
    first = second = steps[0]
    for step in steps[1:]:
        refuse_unless(last > 0, "a consistency proof is too long")
        if place % 2 or place == last:
            first, second = node_of(step, first), node_of(step, second)
            while not place % 2 and place:
                place, last = place // 2, last // 2
        else:
            second = node_of(second, step)
        place, last = place // 2, last // 2
    refuse_unless(last == 0, "a consistency proof is too short")
    return first, second


def root_by_map(name: str, held: bytes, siblings: Sequence[bytes]) -> bytes:
    """The root of the map of streams that what is held at a name's place, and its siblings from there up, lead to."""
    key, root = hashlib.sha256(name.encode()).digest(), held
    refuse_unless(len(siblings) <= 8 * len(key), "a stream lies too deep")
    for depth in range(len(siblings) - 1, -1, -1):
        sibling = siblings[len(siblings) - 1 - depth]
        root = node_of(sibling, root) if bit(key, depth) else node_of(root, sibling)
    return root


def bit(key: bytes, place: int) -> int:
    """A bit of a key, the most significant first."""
    return key[place // 8] >> (7 - place % 8) & 1


# --- The checkpoint ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checkpoint:
    """What a signed note says of the log."""

    origin: str
    size: int
    root: bytes
    streams_root: bytes
    signed: bytes
    """The text that is signed."""
    signatures: Sequence[tuple[str, bytes]]
    """Each with the name of its key."""


def read_checkpoint(note: str, what: str = "the checkpoint") -> Checkpoint:
    """Read a note, whoever signed it."""
    text, blank, rest = note.partition("\n\n")
    lines = text.split("\n")
    refuse_unless(bool(blank) and rest.endswith("\n") and len(lines) >= 7, f"{what} is no signed note")  # noqa: PLR2004
    origin, size, root, commands, streams, time, *keys = lines
    words = [line.split(" ") for line in (commands, streams, time, *keys)]
    named = [("commands", 3), ("streams", 3), ("time", 2), *[("key", 2)] * len(keys)]
    refuse_unless(all((word[0], len(word)) == each for word, each in zip(words, named, strict=True)), f"{what} has other lines")
    hashed = hashes([root, words[0][2], words[1][2]], f"a root of {what}")
    for count in (words[0][1], words[1][1]):
        number(count, f"a count of {what}")
    signatures = [signature_of(line, what) for line in rest[:-1].split("\n")]
    return Checkpoint(origin, number(size, f"the size of {what}"), hashed[0], hashed[2], f"{text}\n".encode(), signatures)


def signature_of(line: str, what: str) -> tuple[str, bytes]:
    words = line.split(" ")
    refuse_unless(len(words) == 3 and words[0] == "\u2014" and bool(words[1]), f"{what} has a line that is no signature")  # noqa: PLR2004
    return words[1], base64(words[2], f"a signature of {what}")


def check_signature(checkpoint: Checkpoint, keys: Sequence[str]) -> str:
    """Return the name and the hash of the trusted key that signed a checkpoint."""
    if not keys:
        names = ", ".join(sorted({name for name, _ in checkpoint.signatures}))
        raise NotTold(f"the checkpoint names {names} as its signer; give the key that you trust with --key")
    given = [trusted(key) for key in keys]
    own = {digest: public for name, digest, public in given if name == checkpoint.origin}
    refuse_unless(bool(own), f"the checkpoint is of {checkpoint.origin}, and the key of {', '.join(sorted(name for name, *_ in given))}")
    for signer, content in checkpoint.signatures:
        if signer == checkpoint.origin and content[:4] in own:
            fits = is_signed(own[content[:4]], content[4:], checkpoint.signed)
            refuse_unless(fits, f"the signature of {signer} does not fit the checkpoint")
            return f"{signer}+{content[:4].hex()}"
    raise Refused("the checkpoint is not signed by the key")


def trusted(key: str) -> tuple[str, bytes, bytes]:
    """Read a key: its name, its hash and its public half (c2sp.org/signed-note)."""
    name, digest, content = ([*key.strip().split("+", 2), "", ""])[:3]
    try:
        read = b64decode(content, validate=True)
        given = bytes.fromhex(digest)
    except ValueError:
        raise NotTold("the key is no line like name+hash+key") from None
    if not name or len(read) != 33 or read[0] != 1 or hashlib.sha256(name.encode() + b"\n" + read).digest()[:4] != given:  # noqa: PLR2004
        raise NotTold("the key is no line like name+hash+key of an Ed25519 key")
    return name, given, read[1:]


def is_signed(public: bytes, signature: bytes, text: bytes) -> bool:
    try:  # All else works without it.
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    except ImportError:
        raise NotTold("the package cryptography is not installed, so the signature cannot be checked") from None
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except InvalidSignature:
        return False
    return True


def check_kept(checkpoint: Checkpoint, note: str, keys: Sequence[str], proof: object) -> str:
    """Check that the bundle's checkpoint and one that was kept elsewhere are of one log, and say so."""
    kept = read_checkpoint(note, "the kept checkpoint")
    refuse_unless(kept.origin == checkpoint.origin, "the kept checkpoint is of another ledger")
    check_signature(kept, keys)
    older, newer = sorted((kept, checkpoint), key=lambda each: each.size)
    if kept.size == checkpoint.size:
        refuse_unless((kept.root, kept.streams_root) == (checkpoint.root, checkpoint.streams_root), "the kept checkpoint says otherwise")
    elif proof is None:
        raise NotTold(f"a consistency proof from {older.size} to {newer.size} is needed: give it with --consistency")
    else:
        given = fields(proof, "the consistency proof", {"old": int, "new": int, "path": list})
        refuse_unless((given["old"], given["new"]) == (older.size, newer.size), "the consistency proof is between other sizes")
        refuse_unless(older.size > 0, "nothing follows from an empty checkpoint")
        found = roots_by_consistency(older.size, newer.size, older.root, hashes(given["path"], "the consistency proof"))
        refuse_unless(found == (older.root, newer.root), "the two checkpoints are not of one log")
    return f"Of one log with the kept checkpoint of {kept.size} entries."


# --- The entries ------------------------------------------------------------------------------------------------------

ENTRY = {"position": int, "stream": str, "version": int, "topic": str, "recorded_at": str, "actor": str, "state": str, "path": list}
STREAM: Shape = {"stream": str, "version": int, "position": int, "siblings": list, "other": (dict, type(None))}
TOPICS = (
    *("ModelListed.v1", "RetirementAnnounced.v1", "StageEntered.v1", "AnnouncementWithdrawn.v1", "PolicyAdopted.v1"),
    *("NotificationRunOpened.v1", "AudienceRecorded.v1", "DeliveriesRecorded.v1", "RecipientAcknowledged.v1", "NotificationRunClosed.v1"),
)


def check_entries(entries: Sequence[object], checkpoint: Checkpoint) -> list[JSON]:
    """Check that each is in the log as it stands in the bundle, and return them with their events."""
    found = [fields(entry, "an entry", ENTRY) for entry in entries]
    for entry in found:
        leaf = leaf_of("entry", *(entry[name] for name in ("position", "stream", "version", "topic", "recorded_at", "actor", "state")))
        path = hashes(entry["path"], "the path of an entry")
        root = root_by_inclusion(entry["position"] - 1, checkpoint.size, leaf, path)
        refuse_unless(root == checkpoint.root, f"entry {entry['position']} is not in the log as it stands here")
    for before, after in pairwise(found):
        refuse_unless(before["position"] < after["position"], "the entries are not in their order")
        refuse_unless(instant(before["recorded_at"]) < instant(after["recorded_at"]), "the log's clock went back")
    return [{**entry, "type": entry["topic"].partition(".")[0], "event": event_of(entry)} for entry in found]


def event_of(entry: JSON) -> JSON:
    found = read_json(entry["state"].encode(), f"entry {entry['position']}")
    refuse_unless(isinstance(found, dict), f"entry {entry['position']} is no event")
    return dict(found)


def check_complete(streams: Sequence[object], entries: Sequence[JSON], checkpoint: Checkpoint, names: Sequence[str]) -> None:
    """Check that the bundle has all entries of these streams, and no others."""
    found = [fields(stream, "a stream", STREAM) for stream in streams]
    refuse_unless([stream["stream"] for stream in found] == list(names), "the bundle is of other streams")
    refuse_unless({entry["stream"] for entry in entries} <= set(names), "the bundle has entries of other streams")
    for stream in found:
        check_stream(stream, checkpoint)
        own = [entry for entry in entries if entry["stream"] == stream["stream"]]
        counted = [entry["version"] for entry in own] == list(range(1, len(own) + 1))
        refuse_unless(counted and len(own) == stream["version"], f"entries of {stream['stream']} are missing")
        last = own[-1]["position"] if own else 0
        refuse_unless(last == stream["position"], f"the last entry of {stream['stream']} is another one")


def check_topics(entries: Sequence[JSON], position: int) -> None:
    """Say nothing where a newer ledger recorded what these rules do not know."""
    for entry in entries:
        if entry["position"] <= position and entry["topic"] not in TOPICS:
            raise NotTold(f"entry {entry['position']} is a {entry['topic'][:60]}, which is newer than this file")


def check_stream(stream: JSON, checkpoint: Checkpoint) -> None:
    """Check what the checkpoint's map holds at a stream's place: the stream, or where there is none, nothing or another one."""
    name, siblings, other = stream["stream"], hashes(stream["siblings"], "the siblings of a stream"), stream["other"]
    if stream["version"] > 0:
        refuse_unless(other is None, "a stream that is there has another in its place")
        held = leaf_of("stream", name, stream["version"], stream["position"])
    elif other is None:
        held = EMPTY
    else:
        there = fields(other, "the other stream", {"stream": str, "version": int, "position": int})
        keys = [hashlib.sha256(each.encode()).digest() for each in (name, there["stream"])]
        refuse_unless(keys[0] != keys[1], "a stream is said to be missing in its own place")
        shared = all(bit(keys[0], place) == bit(keys[1], place) for place in range(min(len(siblings), 256)))
        refuse_unless(shared, "the other stream does not lie in the place of the missing one")
        held = leaf_of("stream", there["stream"], there["version"], there["position"])
    if stream["version"] < 1:
        refuse_unless((stream["version"], stream["position"]) == (0, 0), "a missing stream has entries")
    refuse_unless(root_by_map(name, held, siblings) == checkpoint.streams_root, f"the checkpoint counts {name} otherwise")


# --- The answers ------------------------------------------------------------------------------------------------------


def compare(told: JSON, found: JSON) -> None:
    """Check that the bundle's answer is the one that follows."""
    refuse_unless(told.keys() == found.keys(), f"the answer has the fields {sorted(told)}, not {sorted(found)}")
    for name, value in found.items():
        was, follows = in_order(told[name]), in_order(value)
        refuse_unless(was == follows, f"{name} does not follow from the entries: it is {follows[:300]}, and not {was[:300]}")


def in_order(value: object) -> str:
    """Write a value so that equal ones are written alike: findings come in any order."""
    if isinstance(value, list):
        findings = all(isinstance(each, dict) and "code" in each for each in value)
        return f"[{', '.join((sorted if findings else list)(map(in_order, value)))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(name)}: {in_order(each)}' for name, each in sorted(value.items()))}}}"
    return json.dumps(value)


def stage_answer(entries: Sequence[JSON], question: JSON) -> JSON:
    """The answer of the ledger's interface to a question, from the entries alone."""
    recorded = [entry for entry in entries if entry["position"] <= question["position"]]
    whole = answer(recorded, question)
    scopes = [finding["scopes"] for finding in whole["findings"] if finding["code"] == "differs_by_scope"]
    narrower = sorted(({**question["scope"], **scope} for scopes_of in scopes for scope in scopes_of), key=lambda s: sorted(s.items()))
    parts = [(scope, answer(recorded, {**question, "scope": scope})) for scope in narrower]
    by_scope = [{"scope": scope, **on_the_wire(part, recorded, question)} for scope, part in parts]
    return {**question, **on_the_wire(whole, recorded, question), "by_scope": by_scope}


def on_the_wire(found: JSON, entries: Sequence[JSON], question: JSON) -> JSON:
    by_position = {entry["position"]: entry for entry in entries}
    evidence = [evidence_on_the_wire(by_position[position]) for position in found["evidence"]]
    schedule: JSON = dict.fromkeys(PLANNED_STAGES)
    for stage, stated in found["schedule"].items():
        if stated is not None:
            claim = by_position[stated["position"]]
            schedule[stage] = {**date_on_the_wire(claim["event"][stage]), "position": claim["position"]}
    rest = {"schedule": schedule, "evidence": evidence, "http_headers": headers_of(found)}
    return {**found, **deployments(found["stage"], entries, question), **rest}


def date_on_the_wire(stated: JSON) -> JSON:
    raw = {} if stated["raw"] is None else {"raw": stated["raw"]}
    if stated["kind"] == "withdrawn":
        return {"withdrawn": True, **raw}
    if stated["kind"] == "on" and is_month(stated["value"]):
        return {"month": stated["value"], **raw}
    return {stated["kind"]: stated["value"], **raw}


def evidence_on_the_wire(entry: JSON) -> JSON:
    read = read_entry(entry)
    return {
        "position": read.position,
        "type": read.type,
        "source": read.source_name,
        "address": read.event["source"]["address"],
        "announced_at": rfc3339(read.announced_at),
        "recorded_at": rfc3339(read.recorded_at),
        "backdated": read.announced_at.date() < read.recorded_at.date(),
    }


def deployments(stage: str | None, entries: Sequence[JSON], question: JSON) -> JSON:
    """Whether new deployments can be made, and whether those that exist answer: of deprecated models, as the policy in force says."""
    if stage is None:
        return {"new_deployments": None, "existing_deployments": None}
    if stage != "deprecated":
        return dict.fromkeys(("new_deployments", "existing_deployments"), stage != "retired")
    policies = [read_entry(entry) for entry in entries if entry["type"] == "PolicyAdopted"]
    known = Known([], [policy for policy in policies if policy.announced_at <= instant(question["known_at"])])
    policy = policy_in_force(known, instant(question["valid_at"]))
    forbidden = ["create"] if policy is None else policy.event["deprecated_forbids"]
    return {"new_deployments": "create" not in forbidden, "existing_deployments": "invoke" not in forbidden}


def headers_of(found: JSON) -> JSON:
    """What a gateway puts on the model's own responses: Deprecation (RFC 9745), Sunset (RFC 8594), Link."""
    firm = {
        stage: firm_instant(stated["value"]) for stage, stated in found["schedule"].items() if stated is not None and stated["kind"] == "on"
    }
    deprecated = firm.get("deprecated")
    if deprecated is None and found["stage"] == "deprecated" and found["since"] is not None:
        deprecated = instant(found["since"])
    told = {}
    if deprecated is not None:
        told["Deprecation"] = f"@{int(deprecated.timestamp())}"
    if "retired" in firm:
        told["Sunset"] = format_datetime(firm["retired"].replace(microsecond=0), usegmt=True)
    if found["replacements"]:
        told["Link"] = ", ".join(f'</v1/models/{quote(name)}>; rel="successor-version"' for name in found["replacements"])
    return told


# --- Notices ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """A notification run, counted from its events."""

    opened: JSON
    members: Sequence[tuple[JSON, JSON | None, list[Any]]]
    """Everybody of the audience: the chunk, an exclusion or none, and the row."""
    outcomes: Mapping[int, Sequence[JSON]]
    """Of each recipient, by number, in their order."""
    digest: str
    closed: JSON | None


def counted_run(entries: Sequence[JSON], position: int) -> Run:
    """Count a run, and check the seal of its audience."""
    opened, closed, digest = {}, None, ""
    recipients, excluded = [], []
    outcomes: dict[int, list[JSON]] = {}
    for entry in entries:
        event = entry["event"]
        if entry["position"] > position:
            break
        if entry["type"] == "NotificationRunOpened":
            opened = event
        if entry["type"] == "AudienceRecorded":
            digest = sealed(digest, event)
            refuse_unless(digest == event["digest"], f"the audience of entry {entry['position']} is not the one that its digest seals")
            recipients += [(event, None, row) for row in event["recipients"]]
            excluded += [(event, {"exclusion": row[1]}, row) for row in event["excluded"]]
        if entry["type"] == "DeliveriesRecorded":
            for row in event["outcomes"]:
                outcomes.setdefault(row[0], []).append(outcome_of(event, row))
        if entry["type"] == "NotificationRunClosed":
            closed = event
    return Run(opened, [*recipients, *excluded], outcomes, digest, closed)


def sealed(before: str, event: JSON) -> str:
    """The digest of a chunk, over that of the chunk before and its own content."""
    content = [event["recipients"], event["excluded"], event["roles"], event["subscriptions"]]
    return hashlib.sha256(before.encode() + json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def outcome_of(event: JSON, row: list[Any]) -> JSON:
    at = instant(event["since"]) + timedelta(milliseconds=row[2])
    return {"result": row[1], "at": rfc3339(at), "channel": event["channel"], "code": row[3], "reference": row[4]}


FINAL = {"accepted": "accepted", "permanent": "failed", "suppressed": "failed", "given_up": "failed", "bounced": "failed"}


def standing(outcomes: Sequence[JSON]) -> tuple[str, JSON | None, int]:
    """What a recipient's outcomes come to: the state, the outcome that it stands on (the last one while pending), and the attempts."""
    state, decisive, attempts = "pending", None, 0
    for outcome in outcomes:
        attempts += outcome["result"] != "bounced"
        stays_told = state == "accepted" and outcome["result"] != "bounced"
        after = state if stays_told else FINAL.get(outcome["result"], state)
        if after != state or after == "pending":
            decisive = outcome
        state = after
    return state, decisive, attempts


def told_answer(entries: Sequence[JSON], question: JSON) -> JSON:
    """Whether a person was told, from the run's entries alone."""
    run = counted_run(entries, question["position"])
    found = [(place, *member) for place, member in enumerate(run.members, 1) if member[2][0] == question["person"]]
    refuse_unless(bool(run.opened) and bool(found), "the run's audience does not have that person")
    place, chunk, exclusion, row = found[0]
    state, decisive, attempts = ("excluded", None, 0) if exclusion else standing(run.outcomes.get(place, []))
    reasons = row[2]
    return {
        **question,
        "model": run.opened["key"],
        "scope": run.opened["scope"],
        "state": state,
        "accepted_at": decisive["at"] if decisive and state == "accepted" else None,
        **{name: decisive[name] if decisive else None for name in ("channel", "code", "reference")},
        "attempts": attempts,
        "exclusion": exclusion["exclusion"] if exclusion else None,
        "reasons": [
            {"subscription": chunk["subscriptions"][subscription][0], "role": chunk["roles"][role] if role >= 0 else None}
            for subscription, role in reasons
        ],
        **{stage: date_on_the_wire(stated) if (stated := run.opened["after"][stage]) else None for stage in PLANNED_STAGES},
    }


def closure_answer(entries: Sequence[JSON], question: JSON) -> JSON:
    """How a run stands, from its entries alone."""
    run = counted_run(entries, question["position"])
    refuse_unless(bool(run.opened), "the run was not opened by then")
    recipients = [place for place, member in enumerate(run.members, 1) if member[1] is None]
    states = [standing(run.outcomes.get(place, []))[0] for place in recipients]
    counts = {state: states.count(state) for state in ("accepted", "failed", "pending")}
    excluded = len(run.members) - len(recipients)
    if run.closed is not None:
        accounted = counts["pending"] == 0 and run.closed["expected"] == len(run.members)
        refuse_unless(accounted, "the run was closed before all was accounted for")
        refuse_unless((run.closed["digest"], run.closed["excluded"]) == (run.digest, excluded), "the run's closure is of another audience")
    closed_at = None if run.closed is None else rfc3339(instant(run.closed["closed_at"]))
    return {**question, "closed_at": closed_at, "expected": len(run.members), **counts, "excluded": excluded, "digest": run.digest}


# --- The bundle -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Proven:
    """The bundle proves its answer."""

    sentence: str
    origin: str
    size: int
    entries: int
    checked: Sequence[str]
    """What was checked, a sentence each."""


BUNDLE = {"format": str, "kind": str, "question": dict, "answer": dict, "entries": list, "streams": list, "checkpoint": str}
QUESTIONS: Mapping[str, Shape] = {
    "stage": {"model": str, "scope": dict, "valid_at": str, "known_at": str, "position": int},
    "told": {"run": int, "person": str, "position": int},
    "closure": {"run": int, "position": int},
}
ANSWERS: Mapping[str, Callable[[Sequence[JSON], JSON], JSON]] = {"stage": stage_answer, "told": told_answer, "closure": closure_answer}


def verify(content: bytes, keys: Sequence[str], kept: str | None = None, consistency: bytes | None = None) -> Proven:
    """Check a bundle. `kept` is a checkpoint that was kept elsewhere, `consistency` the proof between the two.

    Raises:
        Refused: it does not prove its answer.
        NotTold: something is missing: a key, a proof, a package.
    """
    try:
        return proven(content, keys, kept, consistency)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise Refused(f"a part of it is not as such parts are ({type(error).__name__}: {str(error)[:200]})") from None
    except MemoryError:
        raise NotTold("it takes more memory than there is here") from None


def proven(content: bytes, keys: Sequence[str], kept: str | None, consistency: bytes | None) -> Proven:
    given = fields(read_json(content, "the bundle"), "the bundle", BUNDLE)
    refuse_unless(given["format"] == FORMAT, f"it is of the format {given['format'][:60]!r}, and not {FORMAT}")
    refuse_unless(given["kind"] in QUESTIONS, f"it is of the kind {given['kind'][:60]!r}, which is not known here")
    kind, question = given["kind"], fields(given["question"], "the question", QUESTIONS[given["kind"]])
    checkpoint, doubt, signer = read_checkpoint(given["checkpoint"]), None, ""
    try:  # First of all: what somebody else signed is not worth the work that it could cause.
        signer = check_signature(checkpoint, keys)
    except NotTold as reason:
        doubt = reason
    refuse_unless(0 < question["position"] <= checkpoint.size, "the question is about a position that the checkpoint does not cover")
    check_question(kind, question)
    entries = check_entries(given["entries"], checkpoint)
    names = streams_of(kind, question, entries)
    check_complete(given["streams"], entries, checkpoint, names)
    check_topics(entries, question["position"])
    compare(given["answer"], ANSWERS[kind](entries, question))
    if doubt is not None:
        raise doubt
    checked = [f"Signed by {signer}.", f"Entries: {len(entries)} of {checkpoint.size}, which are all of {' and '.join(names)}."]
    if kept is not None:
        checked.append(check_kept(checkpoint, kept, keys, None if consistency is None else read_json(consistency, "the consistency proof")))
    left_out = f", but for findings that need other models ({', '.join(NEED_OTHER_MODELS)})" if kind == "stage" else ""
    checked.append(f"By the rules, the whole answer follows from them{left_out}.")
    sentence = f"Proven: {sentence_of(kind, question, given['answer'])}, as {checkpoint.origin} held it at entry {question['position']}."
    return Proven(sentence, checkpoint.origin, checkpoint.size, len(entries), checked)


def check_question(kind: str, question: JSON) -> None:
    """Check that a question is written in the one way there is: what reads like another question would be answered otherwise."""
    if kind != "stage":
        return
    for clock in ("valid_at", "known_at"):
        refuse_unless(rfc3339(instant(question[clock])) == question[clock], f"{clock} of the question is not written as instants are")
    catalog, _, model = question["model"].partition("/")
    refuse_unless(is_key(catalog) and is_key(model), "the question's model is not written as models are")
    for key, value in question["scope"].items():
        fits = is_key(key) and isinstance(value, str) and is_readable(value)
        refuse_unless(fits, "the question's scope is not written as scopes are")


def is_key(text: str) -> bool:
    """Whether a name is one to file by: lower-case letters, digits and `._+-`, and nothing that only looks like them."""
    allowed = all(each in "._+-" or each.isdecimal() or unicodedata.category(each)[0] == "L" for each in text)
    return bool(text) and allowed and unicodedata.normalize("NFC", text.lower()) == text


def is_readable(text: str) -> bool:
    seen = all(unicodedata.category(each)[0] != "C" and each not in "\u2028\u2029" for each in text)
    return bool(text) and seen and unicodedata.normalize("NFC", text).strip() == text


def streams_of(kind: str, question: JSON, entries: Sequence[JSON]) -> Sequence[str]:
    """The streams that an answer follows from: a model's and its catalog's rules; or a run's, whose name tells the model and the run."""
    if kind == "stage":
        return [f"model:{question['model']}", f"policy:{question['model'].partition('/')[0]}"]
    opened = [entry for entry in entries if entry["type"] == "NotificationRunOpened"]
    refuse_unless(len(opened) == 1 and opened[0]["event"]["run"] == question["run"], "it is of another run")
    return [f"notice:{opened[0]['event']['key']}:{question['run']}"]


def sentence_of(kind: str, question: JSON, told: JSON) -> str:
    if kind == "stage":
        at = question["valid_at"].removesuffix("T00:00:00Z")
        what = {"not_listed": "not listed yet", "not_known": "not known"}.get(told["status"]) or str(told["stage"]).replace("_", " ")
        scope = "".join(f" ({key} {value if is_key(value.lower()) else json.dumps(value)})" for key, value in question["scope"].items())
        return f"{question['model']}{scope} was {what} at {at}, as known at {question['known_at']}"
    if kind == "closure":
        counts = ", ".join(f"{told[name]} {name}" for name in ("accepted", "failed", "excluded", "pending"))
        state = f"was closed at {told['closed_at']}" if told["closed_at"] else "was open"
        return f"run {question['run']} {state} with {told['expected']} expected: {counts}"
    when = f" at {told['accepted_at']}" if told["accepted_at"] else ""
    words = {"accepted": "was told", "pending": "was not told yet", "failed": "could not be told", "excluded": "was left out"}
    return f"{question['person']} {words[told['state']]} of {told['model']} in run {question['run']}{when}"


# --- The command ------------------------------------------------------------------------------------------------------

EXIT_REFUSED, EXIT_NOT_TOLD = 1, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a file, and print what came of it."""
    parser = argparse.ArgumentParser(description="Check an answer of a lifecycle ledger with its proof, offline.")
    parser.add_argument("bundle", type=Path, help="the file with the answer and its proof")
    parser.add_argument("--key", action="append", default=[], help="a key that you trust: name+hash+key; may be given again")
    parser.add_argument("--checkpoint", type=Path, help="a checkpoint of the same ledger that you kept elsewhere")
    parser.add_argument("--consistency", type=Path, help="the proof from one checkpoint to the other, as JSON")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    given = parser.parse_args(arguments)
    if given.consistency and not given.checkpoint:
        parser.error("--consistency is of no use without --checkpoint")
    try:
        contents = [read_file(path) if path else None for path in (given.bundle, given.checkpoint, given.consistency)]
    except OSError as error:
        parser.error(f"{error.filename}: {error.strerror}")
    code, outcome = checked(contents, given.key)
    print(json.dumps(outcome) if given.json else "\n  ".join(map(shown, [outcome["sentence"], *outcome["checked"]])))
    return code


def read_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(BUNDLE_BYTES_MAX + 1)


def shown(text: str) -> str:
    """Write what a terminal could obey, and letters that could be mistaken for others, as escapes."""
    return "".join(each if each.isascii() and each.isprintable() else ascii(each)[1:-1] for each in text)


def checked(contents: Sequence[bytes | None], keys: Sequence[str]) -> tuple[int, JSON]:
    bundle, kept, consistency = contents
    try:
        note = None if kept is None else kept.decode(errors="replace")
        found = verify(bundle or b"", keys, note, consistency)
    except Refused as reason:
        return EXIT_REFUSED, {"verdict": "refused", "sentence": f"Refused: {str(reason)[:800]}.", "checked": []}
    except NotTold as reason:
        return EXIT_NOT_TOLD, {"verdict": "could not tell", "sentence": f"Could not tell: {str(reason)[:800]}.", "checked": []}
    return 0, {"verdict": "proven", **asdict(found)}


if __name__ == "__main__":
    sys.exit(main())
