"""Commands that ask about a whole catalog: catalog, upcoming, diff."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated

import typer

from api import wire_answers as wire
from api.cli.asking import asking
from api.cli.options import AsJson, Database, KnownAt, RecordedAt, ScopeOption, ValidAt, asked, scope_of
from api.cli.printing import columns, print_json, print_lines, say
from api.words import change_words, next_words, stage_words, subject, when
from domain.events import PolicyAdopted
from domain.rules.questions import policy_of
from domain.stages import Stage
from projections.catalog import CatalogRow, Snapshot, snapshot
from projections.differences import differences
from projections.upcoming import UpcomingStage
from projections.upcoming import upcoming as what_is_upcoming

CatalogName = Annotated[str | None, typer.Option("--catalog", help="Only this catalog.")]


def catalog(
    database: Database = None,
    name: CatalogName = None,
    stage: Annotated[Stage | None, typer.Option(help="Only models in this stage.")] = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    recorded_at: RecordedAt = None,
    scope: ScopeOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Every model's stage at one point on the three clocks."""
    with asking(database) as opened:
        seen = snapshot(opened.ledger, asked(scope_of(scope), valid_at, known_at, recorded_at))
        rows = [row for row in seen.rows(name) if stage is None or row.answer.stage is stage]
    if as_json:
        point = {"valid_at": wire.instant(seen.question.valid_at), "known_at": wire.instant(seen.question.known_at)}
        print_json({**point, "position": seen.question.position, "models": [wire.catalog_row(row, _policy(seen, row)) for row in rows]})
    else:
        print_lines(columns(map(_row, rows), ("model", "stage", "since", "next", "findings")))
        say(f"{len(rows)} rows at {when(seen.question.valid_at)}, as known at {when(seen.question.known_at)}.")


def _policy(seen: Snapshot, row: CatalogRow) -> PolicyAdopted | None:
    return policy_of(seen.history, replace(seen.question, key=row.key))


def _row(row: CatalogRow) -> list[str]:
    answer = row.answer
    stage = stage_words(answer.stage) if answer.stage else answer.status.replace("_", " ")
    findings = sorted({str(finding.code) for finding in answer.findings} - {"backdated", "listing_date_unknown"})
    return [subject(row.key, row.scope), stage, when(answer.since), next_words(answer.next) if answer.stage else "-", ", ".join(findings)]


def upcoming(
    database: Database = None,
    name: CatalogName = None,
    within: Annotated[int | None, typer.Option(min=0, help="Only what comes within so many days.")] = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    recorded_at: RecordedAt = None,
    scope: ScopeOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """What comes next for each model, soonest first; floors (`not before`) among it."""
    with asking(database) as opened:
        seen = snapshot(opened.ledger, asked(scope_of(scope), valid_at, known_at, recorded_at))
        before = seen.question.valid_at + timedelta(days=within) if within is not None else None
        found = what_is_upcoming(seen.rows(name), before)
    if as_json:
        print_json({"valid_at": wire.instant(seen.question.valid_at), "upcoming": [wire.upcoming_stage(one) for one in found]})
    else:
        print_lines(columns(map(_upcoming, found), ("when", "model", "now", "then", "replacements")))
        say(f"{len(found)} stages to come after {when(seen.question.valid_at)}.")


def _upcoming(found: UpcomingStage) -> list[str]:
    moment = when(found.on) if found.on else f"not before {when(found.not_before)}"
    return [moment, subject(found.key, found.scope), stage_words(found.now), stage_words(found.stage), ", ".join(found.replacements)]


def diff(
    known_at: Annotated[list[str], typer.Option(help="Give it twice: what changed between the two points of knowledge.")],
    database: Database = None,
    name: CatalogName = None,
    valid_at: ValidAt = None,
    recorded_at: RecordedAt = None,
    scope: ScopeOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """What changed over the catalog between two points of knowledge."""
    if len(known_at) != 2:  # noqa: PLR2004  # a difference has two ends
        raise typer.BadParameter("give --known-at twice, like --known-at 2024-11-01 --known-at 2024-12-01")
    with asking(database) as opened:
        first, second = (snapshot(opened.ledger, asked(scope_of(scope), valid_at, at, recorded_at)) for at in known_at)
        found = list(differences(first.rows(name), second.rows(name)))
    if as_json:
        print_json({"known_at": list(known_at), "differences": [wire.difference(one) for one in found]})
    else:
        lines = ([subject(one.key, one.scope), "; ".join(map(change_words, one.changes))] for one in found)
        print_lines(columns(lines, ("model", "what changed")))
        say(f"{len(found)} models or scopes differ between {known_at[0]} and {known_at[1]}.")
