"""The command about the catalogs' rules."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from api import wire_answers as wire
from api.cli.asking import asking
from api.cli.options import Actor, AsJson, Database, KnownAt, RecordedAt, asked
from api.cli.printing import columns, print_json, print_lines, say
from api.cli.recording import CommandKey, record
from api.opening import for_recording
from api.words import when
from domain.commands import AdoptPolicy
from domain.errors import LedgerError
from domain.events import PolicyAdopted
from domain.ledger import Asked, Ledger
from domain.recorded import Recorded
from domain.rules.policy import AZURE_SERVERLESS_V1
from domain.streams import policy_stream
from domain.subjects import WHOLE, SubjectKey


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
            record(opened.ledger, command, command_key, None, as_json=as_json)
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
