"""Commands that ask about one model: stage, history, explain."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from api import wire_answers as wire
from api.cli.options import AsJson, Database, KnownAt, RecordedAt, ScopeOption, ValidAt, asked, scope_of
from api.cli.printing import columns, print_json, print_lines, say
from api.cli.proofs import for_proving, write_stage_proof
from api.exit_codes import ExitCode
from api.opening import Opened, for_asking
from api.words import finding_words, next_words, stage_words, subject, when
from domain.dates import date_text
from domain.events import AnnouncementWithdrawn, Event, ModelListed, RetirementAnnounced, StageEntered
from domain.lookup import find_model
from domain.recorded import Recorded
from domain.rules.answers import Question, StageAnswer, Status
from domain.rules.claims import Claim, ClaimEvent
from domain.rules.explanation import ExplainedClaim, explain
from domain.rules.plan import stated_date
from domain.rules.questions import policy_of, timeline_of
from domain.stages import PLANNED_STAGES
from domain.streams import model_stream
from domain.subjects import WHOLE, Scope, SubjectKey
from projections.history import told_entries

Model = Annotated[str, typer.Argument(help="catalog/model, its name alone, or a part of it that is unique; with @version if you like.")]


@contextmanager
def asking(database: str | None) -> Iterator[Opened]:
    """Open a ledger for questions, and say so if it is only the sample."""
    with for_asking(database) as opened:
        if opened.is_sample:
            say("No ledger yet: this answers from the packaged sample (read-only; real rows of two published pages, 2024-10 to 2025-01).")
        yield opened


def find(opened: Opened, model: str, scope: list[str] | None) -> tuple[SubjectKey, Scope]:
    """Find the model that somebody typed, with its scope."""
    name, at, version = model.partition("@")
    short = Scope.of({"version": version}) if at else WHOLE
    return find_model(name, opened.ledger.models()), scope_of(scope, short)


def stage(
    model: Model,
    database: Database = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    recorded_at: RecordedAt = None,
    scope: ScopeOption = None,
    proof: Annotated[Path | None, typer.Option(help="Write the answer with its proof to this file; verify_answer.py checks it.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """What stage was a model in: at a time in the world, as known by a time, as this ledger held it by a time."""
    with asking(database) if proof is None else for_proving(database) as opened:
        key, part = find(opened, model, scope)
        about = asked(part, valid_at, known_at, recorded_at)
        question, answer = opened.ledger.stage(key, about) if proof is None else write_stage_proof(opened, key, about, proof)
        if as_json:
            policy = policy_of(opened.ledger.histories(question.position), question)
            print_json({**wire.stage_answer(question, answer, policy), "sample": opened.is_sample})
        else:
            print_lines(stage_lines(question, answer))
    if answer.stage is None:
        raise typer.Exit(ExitCode.COULD_NOT_TELL)


def stage_lines(question: Question, answer: StageAnswer) -> Iterable[str]:
    """Tell an answer: the sentence first, then what it stands on."""
    yield sentence(question, answer)
    if answer.status is Status.STAGE:
        yield f"  held since     {when(answer.since) if answer.since else 'the beginning, as far as is known'}"
        yield f"  next           {next_words(answer.next)}"
    for planned, scheduled in answer.schedule.items():
        raw = f'  (published as "{scheduled.date.raw}")' if scheduled.date.raw else ""
        yield f"  {planned:<14} {date_text(scheduled.date)}  by claim #{scheduled.position}{raw}"
    if answer.replacements:
        yield f"  replacements   {', '.join(answer.replacements)}"
    yield from (f"  {subject(question.key, scope)}: {_short(found)}" for scope, found in answer.by_scope.items())
    yield from (f"  finding        {finding.code}: {finding_words(finding)}" for finding in answer.findings)
    yield from (f"  evidence       {line}" for line in columns(map(_evidence, answer.evidence)))
    yield (
        f"  asked          in the world at {when(question.valid_at)}, as known at {when(question.known_at)}, "
        f"ledger position @{question.position}"
    )


def sentence(question: Question, answer: StageAnswer) -> str:
    """Answer in one sentence."""
    name, at = subject(question.key, question.scope), when(question.valid_at)
    if answer.stage:
        return f"{name}: {stage_words(answer.stage)} at {at}"
    if answer.status is Status.NOT_LISTED:
        return f"{name}: not listed yet at {at}; its listing begins on {when(answer.listed_since)}"
    if answer.by_scope:
        return f"{name}: nothing is claimed about all of it; ask with a scope, such as one of these"
    known = f"; the first announcement is of {when(answer.first_known_at)}" if answer.first_known_at else ""
    return f"{name}: nothing was known at {when(question.known_at)}{known}"


def _short(answer: StageAnswer) -> str:
    if answer.stage is None:
        return answer.status.replace("_", " ")
    return f"{stage_words(answer.stage)}, next: {next_words(answer.next)}"


def _evidence(claim: Claim[ClaimEvent]) -> list[str]:
    backdated = " (backdated)" if claim.backdated else ""
    return [
        f"#{claim.position}",
        type(claim.event).__name__,
        claim.source,
        f"announced {when(claim.event.announced_at)}",
        f"recorded {when(claim.entry.recorded_at)}{backdated}",
    ]


def history(
    model: Model,
    database: Database = None,
    known_at: KnownAt = None,
    recorded_at: RecordedAt = None,
    scope: ScopeOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Every entry about a model, in the order in which it was recorded; with a scope, those that hold for it."""
    with asking(database) as opened:
        key, part = find(opened, model, scope)
        question = opened.ledger.question(key, asked(part, None, known_at, recorded_at))
        told = told_entries(opened.ledger, question, whole=known_at is None)
    if as_json:
        print_json({"model": str(key), "position": question.position, "entries": [wire.entry(entry) for entry in told]})
    else:
        print_lines(columns(map(_entry, told), ("entry", "announced", "source", "scope", "what")))


def _entry(entry: Recorded) -> list[str]:
    event = entry.event
    scope = event.scope if isinstance(event, ModelListed | RetirementAnnounced | StageEntered) else WHOLE
    source = "" if isinstance(event, AnnouncementWithdrawn) else event.source.name  # type: ignore[attr-defined]  # every claim has one
    return [f"#{entry.position}", when(event.announced_at), source, str(scope) or "all", event_words(event)]  # type: ignore[attr-defined]


def event_words(event: Event) -> str:
    """Say what an entry states."""
    match event:
        case ModelListed():
            return f"listed as {event.stage}" + (f" since {when(event.since)}" if event.since else "")
        case RetirementAnnounced():
            return _stated(event)
        case AnnouncementWithdrawn():
            return f"withdraws #{event.claim} ({event.by}): {event.reason}"
        case StageEntered():
            return f"entered {event.stage} on {when(event.effective_at)} ({event.basis})"
        case _:
            return type(event).__name__


def _stated(event: RetirementAnnounced) -> str:
    dates = [f"{stage} {date_text(date)}" for stage in PLANNED_STAGES if (date := stated_date(event, stage))]
    label = [f"label {event.label}"] if event.label else []
    replaced = [f"replaced by {', '.join(event.replacements)}"] if event.replacements else []
    return "; ".join([*dates, *label, *replaced]) or "states nothing more"


def explain_answer(
    model: Model,
    database: Database = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    recorded_at: RecordedAt = None,
    scope: ScopeOption = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Why the answer is what it is: each claim by source and day, which one answers, and by which rule."""
    with asking(database) as opened:
        key, part = find(opened, model, scope)
        question, answer = opened.ledger.stage(key, asked(part, valid_at, known_at, recorded_at))
        histories = opened.ledger.histories(question.position)
        claims = explain(histories(model_stream(key)), timeline_of(histories, question), question)
        policy = policy_of(histories, question)
    if as_json:
        print_json({**wire.stage_answer(question, answer, policy), "claims": [wire.explained(claim) for claim in claims]})
    else:
        print_lines([sentence(question, answer), *columns(map(_explained, claims))])
    if answer.stage is None:
        raise typer.Exit(ExitCode.COULD_NOT_TELL)


def _explained(claim: ExplainedClaim) -> list[str]:
    mark = "=>" if "stage" in claim.decides else "  "
    decides = f" [{', '.join(claim.decides)}]" if claim.decides else ""
    return [mark, *_entry(claim.entry)[:4], event_words(claim.entry.event), f"{claim.standing}{decides}: {claim.why}"]
