"""Commands that record: announce, withdraw, transition."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from api import wire_answers as wire
from api.cli.asking import sentence
from api.cli.options import Actor, AsJson, Database, ScopeOption, scope_of
from api.cli.printing import print_json, print_lines, say
from api.opening import Opened, for_asking, for_recording
from api.words import finding_words, next_words
from domain.commands import Announce, AnyCommand, EnterStage, Introduce, ListModel, OnPolicyBreach, Withdraw
from domain.dates import AnyDate, firm, no_date, not_before
from domain.events import WithdrawnBy
from domain.instants import parse_instant
from domain.ledger import Ledger
from domain.refusals import NoSuchModel
from domain.rehearsal import Rehearsal, rehearse
from domain.stages import Stage
from domain.streams import model_stream
from domain.subjects import Scope, SubjectKey, parse_subject
from domain.values import Source

Key = Annotated[str, typer.Argument(metavar="CATALOG/MODEL", help="The model's key, with @version if it is about one version.")]
CommandKey = Annotated[str | None, typer.Option("--command-key", help="Sent again under the same key, the command is carried out once.")]
ExpectedVersion = Annotated[int | None, typer.Option(min=0, help="Refuse if the model's history is not at this version.")]
AnnouncedAt = Annotated[str | None, typer.Option(help="When it was published. Default: now.")]
SourceName = Annotated[str, typer.Option("--source", help="The name of who or what said it.")]
Url = Annotated[str | None, typer.Option(help="Where it was published.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Tell what would be answered then, and write nothing.")]
Notify = Annotated[bool, typer.Option("--notify", help="Tell people even of what was announced on an earlier day.")]
DateText = "YYYY-MM-DD, YYYY-MM, 'not before ...', or 'withdrawn'"


def announce(  # one option a field of the announcement
    model: Key,
    source: SourceName,
    database: Database = None,
    actor: Actor = None,
    legacy: Annotated[str | None, typer.Option(help=f"Legacy date: {DateText}.")] = None,
    deprecated: Annotated[str | None, typer.Option(help=f"Deprecation date: {DateText}.")] = None,
    retired: Annotated[str | None, typer.Option(help=f"Retirement date: {DateText}.")] = None,
    label: Annotated[Stage | None, typer.Option(help="The stage that is shown beside the model.")] = None,
    replacement: Annotated[
        list[str] | None, typer.Option(help="A suggested replacement, catalog/model. Can be given more than once.")
    ] = None,
    scope: ScopeOption = None,
    notes: Annotated[str | None, typer.Option(help="Text to keep with it.")] = None,
    url: Url = None,
    announced_at: AnnouncedAt = None,
    on_policy_breach: Annotated[OnPolicyBreach, typer.Option(help="Windows shorter than the policy's.")] = OnPolicyBreach.REFUSE,
    list_as: Annotated[str | None, typer.Option(help="The model is new: list it under this display name first.")] = None,
    provider: Annotated[str | None, typer.Option(help="Who makes the model; for a new one.")] = None,
    command_key: CommandKey = None,
    expected_version: ExpectedVersion = None,
    *,
    notify: Notify = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Append what a provider announces about a model: dates, a label, replacements."""
    key, part = _subject(model, scope)
    said = Source(address=url, document=None, name=source, raw=None, row=None)
    at = parse_instant(announced_at) if announced_at is not None else None
    command = Announce(
        key=key,
        scope=part,
        legacy=_date(legacy),
        deprecated=_date(deprecated),
        retired=_date(retired),
        label=label,
        replacements=tuple(_replacement(text) for text in replacement) if replacement else None,
        notes=notes,
        announced_at=at,
        source=said,
        on_policy_breach=on_policy_breach,
        notify=notify or None,
    )
    sent = _Sent(command_key, expected_version, dry_run, as_json)
    with (for_asking if dry_run else for_recording)(database, actor) as opened:
        if list_as is None:
            _known(opened.ledger, key)
            _carry_out(opened, command, (key, part), sent)
        else:
            listing = ListModel(key=key, name=list_as, provider=provider, scope=part, announced_at=at, source=said)
            both = Introduce(listing=listing, announcement=command)
            _carry_out(opened, both, (key, part), sent)


def withdraw(
    model: Key,
    claim: Annotated[int, typer.Argument(help="The claim's position, as `lifecycle history` shows it.")],
    reason: Annotated[str, typer.Option(help="Why; it stays in the ledger.")],
    by: Annotated[WithdrawnBy, typer.Option(help="provider: it was public until now. recorder: we read it wrong, it never was.")],
    database: Database = None,
    actor: Actor = None,
    announced_at: AnnouncedAt = None,
    command_key: CommandKey = None,
    expected_version: ExpectedVersion = None,
    *,
    notify: Notify = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take a claim back, or an earlier withdrawal. The claim stays in the ledger, with the reason."""
    key, part = _subject(model, None)
    at = parse_instant(announced_at) if announced_at is not None else None
    command = Withdraw(key=key, claim=claim, by=by, reason=reason, announced_at=at, notify=notify or None)
    sent = _Sent(command_key, expected_version, dry_run, as_json)
    with (for_asking if dry_run else for_recording)(database, actor) as opened:
        _known(opened.ledger, key)
        _carry_out(opened, command, (key, part), sent)


def transition(
    model: Key,
    stage: Annotated[Stage, typer.Argument(help="The stage that was entered.")],
    effective_at: Annotated[str, typer.Option(help="When it was entered.")],
    source: SourceName,
    database: Database = None,
    actor: Actor = None,
    scope: ScopeOption = None,
    url: Url = None,
    announced_at: AnnouncedAt = None,
    command_key: CommandKey = None,
    expected_version: ExpectedVersion = None,
    *,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Append that a model entered a stage, as the provider says."""
    key, part = _subject(model, scope)
    command = EnterStage(
        key=key,
        scope=part,
        stage=stage,
        effective_at=parse_instant(effective_at),
        announced_at=parse_instant(announced_at) if announced_at is not None else None,
        source=Source(address=url, document=None, name=source, raw=None, row=None),
    )
    sent = _Sent(command_key, expected_version, dry_run, as_json)
    with (for_asking if dry_run else for_recording)(database, actor) as opened:
        _known(opened.ledger, key)
        _carry_out(opened, command, (key, part), sent)


@dataclass(frozen=True, slots=True)
class _Sent:
    """How a command is to be carried out."""

    key: str | None
    version: int | None
    dry_run: bool
    as_json: bool


def _carry_out(opened: Opened, command: AnyCommand, subject: tuple[SubjectKey, Scope], sent: _Sent) -> None:
    if sent.dry_run:
        told = rehearse(opened.ledger, command, *subject, sent.version)
        notices = _previews(opened, told)
        if sent.as_json:
            print_json({**wire.rehearsal(told), "notices": notices})
        else:
            print_lines((*_rehearsed(told), *(line for notice in notices for line in _noticed(notice))))
            say("Nothing was written.")
    else:
        record(opened.ledger, command, sent.key, sent.version, as_json=sent.as_json)


def _previews(opened: Opened, told: Rehearsal) -> Sequence[wire.JSON]:
    if not told.opened:
        return ()
    from api.cli.previews import previews_of  # noqa: PLC0415  # 300 ms that only those pay who have somebody to tell

    return previews_of(opened, told)


def _noticed(notice: wire.JSON) -> Iterator[str]:
    excluded = "; ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in notice["excluded"].items()) or "nobody excluded"
    yield f"tells {notice['recipients']} of {notice['expected']} in {notice['subscriptions']} subscriptions ({excluded}):"
    yield from (f"  | {line}".rstrip() for line in (notice["subject"], "", *notice["text"].splitlines()))


def record(ledger: Ledger, command: AnyCommand, key: str | None, version: int | None, *, as_json: bool) -> None:
    """Carry a command out, and print its receipt."""
    receipt = ledger.execute(command, key=key, expected_version=version)
    if as_json:
        print_json(wire.receipt(receipt, ledger.store.head().position))
    else:
        print_lines([f"recorded as #{receipt.positions[-1]} at {wire.instant(receipt.recorded_at)}"])
        for run in receipt.runs:
            say(f"Notification run {run} is open: `lifecycle notices deliver` tells those who have to know, and so does `lifecycle serve`.")


def _rehearsed(told: Rehearsal) -> Iterator[str]:
    yield f"now   {sentence(told.before.question, told.before.answer) if told.before else 'the ledger holds nothing about it'}"
    yield f"then  {sentence(told.after.question, told.after.answer)}; next: {next_words(told.after.answer.next)}"
    yield from (f"      {finding.code}: {finding_words(finding)}" for finding in told.new_findings())


def _known(ledger: Ledger, key: SubjectKey) -> None:
    if not ledger.store.history(model_stream(key)):
        raise NoSuchModel(str(key), ledger.nearest(str(key)))


def _subject(model: str, scope: Sequence[str] | None) -> tuple[SubjectKey, Scope]:
    key, short = parse_subject(model)
    return key, scope_of(scope, short)


def _replacement(text: str) -> str:
    parse_subject(text)
    return text


def _date(text: str | None) -> AnyDate | None:
    """Read a date of the command line: firm, `not before ...`, or `withdrawn`."""
    if text is None:
        return None
    lowered = " ".join(text.lower().split())
    if lowered == "withdrawn":
        return no_date()
    for floor in ("not before ", "no earlier than ", ">="):
        if lowered.startswith(floor):
            return not_before(lowered.removeprefix(floor).strip().upper())
    return firm(text.strip())
