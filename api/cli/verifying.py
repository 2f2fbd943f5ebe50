"""The command that says whether a ledger's file still holds what was recorded and signed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import AsJson, Database
from api.cli.printing import columns, print_json, print_lines
from api.cli.progress import counting
from api.exit_codes import ExitCode
from api.opening import NoLedger, ledger_path
from domain.verification.verdicts import Fault, Verdict

if TYPE_CHECKING:
    from domain.proof.notes import VerifyingKey
    from domain.verification.verdicts import Verified

CODES = {
    Verdict.INTACT: ExitCode.FINE,
    Verdict.TAMPERED: ExitCode.FINDING,
    Verdict.UNVERIFIABLE: ExitCode.COULD_NOT_TELL,
    Verdict.TRUNCATED: ExitCode.TRUNCATED,
    Verdict.NEVER_CHECKPOINTED: ExitCode.NEVER_CHECKPOINTED,
}
_WORDS = {
    Verdict.INTACT: "Intact: every stored byte is what was recorded, and what the checkpoints signed.",
    Verdict.NEVER_CHECKPOINTED: "Never checkpointed: it agrees with itself, and nothing was ever signed. Run lifecycle checkpoint.",
}


def verify(
    database: Database = None,
    against: Annotated[list[Path] | None, typer.Option(help="A checkpoint that was kept elsewhere; may be given several times.")] = None,
    key: Annotated[list[str] | None, typer.Option(help="A key that the ledger is known by, as name+hash+key.")] = None,
    *,
    views: Annotated[bool, typer.Option("--views", help="Compare each view with one that is built anew, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hash every stored row anew, and compare: with the trees, with every checkpoint, and with those that were kept elsewhere."""
    from domain.verification.verifying import verify as verified  # noqa: PLC0415  # only here

    path = ledger_path(database)
    if not path.exists():
        raise NoLedger(path)
    notes = [_read(file) for file in against or ()]
    trusted = [_key(text) for text in key or ()]
    with counting("verify") as progress:
        found = verified(path, notes, trusted, progress)
    compared = _views(path) if views and found.verdict in {Verdict.INTACT, Verdict.NEVER_CHECKPOINTED} else {}
    if as_json:
        print_json({**_json(found), "views": compared} if views else _json(found))
    else:
        print_lines(_lines(found))
        print_lines(columns([name, "as rebuilt" if same else "NOT as rebuilt"] for name, same in compared.items()))
    if not all(compared.values()):
        raise typer.Exit(ExitCode.FINDING)
    if found.verdict is not Verdict.INTACT:
        raise typer.Exit(CODES[found.verdict])


def _read(file: Path) -> str:
    from domain.proof.checkpoint import Checkpoint  # noqa: PLC0415
    from domain.proof.notes import Note, NoteInvalid  # noqa: PLC0415

    try:
        text = file.read_bytes().decode()
        Checkpoint.read(Note.read(text).text)
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}") from None
    except (NoteInvalid, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{file} is no checkpoint of a lifecycle ledger: {error}") from None
    return text


def _key(text: str) -> "VerifyingKey":
    from domain.proof.notes import NoteInvalid, VerifyingKey  # noqa: PLC0415

    try:
        return VerifyingKey.read(text)
    except NoteInvalid as error:
        raise typer.BadParameter(f"--key: {error}") from None


def _views(path: Path) -> dict[str, bool]:
    """Compare the views that are kept with new ones, as of the same entry."""
    from domain.store.sqlite import SqliteStore  # noqa: PLC0415
    from projections.tables.views import Views, views_path  # noqa: PLC0415

    if not views_path(path).exists():
        return {}
    store = SqliteStore(path, read_only=True)
    try:
        with Views.open(views_path(path)) as kept, Views.open(None) as built:
            kept.catch_up(store)
            built.catch_up(store)
            head = store.head().position
            return {state.name: kept.digest(state.name) == built.digest(state.name) for state in kept.states(head)}
    finally:
        store.close()


def _lines(found: "Verified") -> list[str]:
    looked = (
        f"  {found.entries} entries, {found.commands} commands, {found.checkpoints} checkpoints of its own, {found.external} kept elsewhere"
    )
    return [_words(found.verdict, found.fault), looked]


def _words(verdict: Verdict, fault: Fault | None) -> str:
    if fault is None:
        return _WORDS[verdict]
    where = f" row {fault.position} of {fault.table}:" if fault.position else f" {fault.table}:" if fault.table else ""
    return f"{verdict.capitalize()}:{where} {fault.reason}."


def _json(found: "Verified") -> dict[str, object]:
    fault = found.fault
    return {
        "verdict": found.verdict,
        "table": fault.table if fault else None,
        "row": fault.position if fault else None,
        "reason": fault.reason if fault else None,
        "entries": found.entries,
        "commands": found.commands,
        "checkpoints": found.checkpoints,
        "external": found.external,
    }
