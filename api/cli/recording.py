"""Commands that record: announce, withdraw, transition, policy, tick."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from api import wire_answers as wire
from api.cli.asking import asking
from api.cli.options import Actor, AsJson, Database, KnownAt, RecordedAt, ScopeOption, asked, scope_of
from api.cli.printing import columns, print_json, print_lines, say
from api.opening import for_recording
from api.words import when
from domain.commands import AdoptPolicy, Announce, AnyCommand, EnterStage, Introduce, ListModel, OnPolicyBreach, Withdraw
from domain.dates import AnyDate, firm, no_date, not_before
from domain.errors import LedgerError
from domain.events import PolicyAdopted, WithdrawnBy
from domain.instants import parse_instant
from domain.ledger import Asked, Ledger
from domain.recorded import Recorded
from domain.refusals import NoSuchModel
from domain.rules.policy import AZURE_SERVERLESS_V1
from domain.stages import Stage
from domain.streams import model_stream, policy_stream
from domain.subjects import WHOLE, Scope, SubjectKey, parse_subject
from domain.ticking import record_due
from domain.values import Source

Key = Annotated[str, typer.Argument(metavar="CATALOG/MODEL", help="The model's key, with @version if it is about one version.")]
CommandKey = Annotated[str | None, typer.Option("--command-key", help="Sent again under the same key, the command is carried out once.")]
ExpectedVersion = Annotated[int | None, typer.Option(min=0, help="Refuse if the model's history is not at this version.")]
AnnouncedAt = Annotated[str | None, typer.Option(help="When it was published. Default: now.")]
SourceName = Annotated[str, typer.Option("--source", help="The name of who or what said it.")]
Url = Annotated[str | None, typer.Option(help="Where it was published.")]
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
    )
    with for_recording(database, actor) as opened:
        if list_as is None:
            _known(opened.ledger, key)
            _record(opened.ledger, command, command_key, expected_version, as_json=as_json)
        else:
            listing = ListModel(key=key, name=list_as, provider=provider, scope=part, announced_at=at, source=said)
            both = Introduce(listing=listing, announcement=command)
            _record(opened.ledger, both, command_key, expected_version, as_json=as_json)


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
    as_json: AsJson = False,
) -> None:
    """Take a claim back, or an earlier withdrawal. The claim stays in the ledger, with the reason."""
    key, _ = _subject(model, None)
    at = parse_instant(announced_at) if announced_at is not None else None
    command = Withdraw(key=key, claim=claim, by=by, reason=reason, announced_at=at)
    with for_recording(database, actor) as opened:
        _known(opened.ledger, key)
        _record(opened.ledger, command, command_key, expected_version, as_json=as_json)


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
    with for_recording(database, actor) as opened:
        _known(opened.ledger, key)
        _record(opened.ledger, command, command_key, expected_version, as_json=as_json)


def tick(database: Database = None, actor: Actor = None, *, as_json: AsJson = False) -> None:
    """Record the scheduled stages whose dates have passed, each once, however many clocks run."""
    with for_recording(database, actor) as opened:
        entered = list(_confirm_due(opened.ledger))
    if as_json:
        print_json({"entered": entered})
    else:
        print_lines(columns([str(e["position"]), str(e["model"]), str(e["stage"]), str(e["effective_at"])] for e in entered))
        say(f"{len(entered)} scheduled stages recorded.")


def _confirm_due(ledger: Ledger) -> Iterator[wire.JSON]:
    for command, receipt in record_due(ledger, ledger.models()):
        yield {
            "position": receipt.position,
            "model": str(command.key),
            "scope": command.scope.as_dict(),
            "stage": command.stage,
            "effective_at": wire.instant(command.effective_at),
        }


def policy(
    catalog: Annotated[str | None, typer.Argument(help="Only this catalog.")] = None,
    database: Database = None,
    actor: Actor = None,
    adopt: Annotated[
        str | None, typer.Option(help="Adopt a policy: a JSON file, or `azure-serverless-v1` for the one that the model catalog publishes.")
    ] = None,
    known_at: KnownAt = None,
    recorded_at: RecordedAt = None,
    command_key: CommandKey = None,
    *,
    as_json: AsJson = False,
) -> None:
    """The catalogs' own rules, each with the time from which it holds; and the way to adopt one."""
    if adopt:
        command = AdoptPolicy(policy=_policy(adopt))
        with for_recording(database, actor) as opened:
            _record(opened.ledger, command, command_key, None, as_json=as_json)
        return
    with asking(database) as opened:
        entries = list(_adopted(opened.ledger, catalog, asked(WHOLE, None, known_at, recorded_at)))
    if as_json:
        print_json({"policies": [wire.entry(entry) for entry in entries]})
        return
    print_lines(columns((_policy_row(e.event) for e in entries if isinstance(e.event, PolicyAdopted)), _POLICY_HEADER))
    if not entries:
        say("No catalog has adopted a policy: schedules are not judged. Try: lifecycle policy --adopt azure-serverless-v1")


def _adopted(ledger: Ledger, catalog: str | None, point: Asked) -> Iterator[Recorded]:
    """Give the policies that were announced, and recorded, by a point of knowledge."""
    question = ledger.question(SubjectKey.of(catalog or "all", "all"), point)
    for stream in ledger.store.streams(policy_stream(catalog or "")):
        if catalog is None or stream == policy_stream(catalog):
            entries = ledger.store.history(stream, question.position)
            yield from (e for e in entries if isinstance(e.event, PolicyAdopted) and e.event.announced_at <= question.known_at)


_POLICY_HEADER = ("catalog", "version", "in force from", "legacy days", "deprecated days", "retired call returns", "notified roles")


def _policy_row(found: PolicyAdopted) -> list[str]:
    days = [str(found.legacy_days_min), str(found.deprecated_days_min)]
    roles = ", ".join(found.notified_roles)
    return [found.catalog, str(found.version), when(found.in_force_from), *days, found.retired_call_returns or "not stated", roles]


class PolicyUnreadable(LedgerError):
    """A policy file that is none."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"{self.path} is no policy: {self.reason}. `lifecycle policy --json` prints one to start from (its `event`)."


def _policy(adopt: str) -> PolicyAdopted:
    if adopt == "azure-serverless-v1":
        return AZURE_SERVERLESS_V1
    try:
        return PolicyAdopted.model_validate_json(Path(adopt).read_bytes())
    except OSError as error:
        raise PolicyUnreadable(adopt, error.strerror or str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        raise PolicyUnreadable(adopt, f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}") from None


def _record(ledger: Ledger, command: AnyCommand, key: str | None, version: int | None, *, as_json: bool) -> None:
    receipt = ledger.execute(command, key=key, expected_version=version)
    if as_json:
        print_json(wire.receipt(receipt, ledger.store.head().position))
    else:
        print_lines([f"recorded as #{receipt.position} at {wire.instant(receipt.recorded_at)}"])


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
