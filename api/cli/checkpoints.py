"""The command that signs what the ledger holds, and changes the keys that sign."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import AsJson, Database
from api.cli.printing import print_json, print_lines, say
from api.cli.proofs import for_proving
from domain.errors import LedgerError
from domain.instants import format_instant

if TYPE_CHECKING:
    from domain.proof.evidence import KeptCheckpoint


def checkpoint(
    database: Database = None,
    *,
    add_key: Annotated[bool, typer.Option("--add-key", help="Add a new signing key first: it and those before it sign.")] = False,
    retire_keys: Annotated[bool, typer.Option("--retire-keys", help="Let only the newest key sign from now on.")] = False,
    unvouched: Annotated[bool, typer.Option("--unvouched", help="Sign with keys for which no earlier one vouches: lost ones.")] = False,
    as_json: AsJson = False,
) -> None:
    """Sign what the ledger holds now, and print the note. Keep it where nobody who can change the ledger can change it."""
    from api.proving.notaries import proving_of  # noqa: PLC0415  # signing is needed only here
    from api.proving.settings import signing_key_path  # noqa: PLC0415
    from domain.proof import signing  # noqa: PLC0415

    with for_proving(database) as opened:
        proving = proving_of(opened.ledger, opened.path)
        if opened.path and (add_key or retire_keys):
            proving.checkpoint()  # By the keys of until now, so that they vouch for whatever comes.
            (signing.add_key if add_key else signing.retire_keys)(signing_key_path(opened.path))
        kept = proving.checkpoint(unvouched=unvouched)
        if opened.file:
            _stamp(opened.file, kept)
    if as_json:
        print_json({"number": kept.number, "size": kept.size, "note": kept.note})
    else:
        print_lines([kept.note.removesuffix("\n")])
        say(f"Checkpoint {kept.number}, of {kept.size} entries. Whether they stayed shows later: lifecycle verify --against FILE.")


def _stamp(ledger: Path, kept: "KeptCheckpoint") -> None:
    """Ask the authority that is set for a timestamp; a checkpoint stands without one, too."""
    from api.timestamping.settings import timestamp_settings  # noqa: PLC0415
    from api.timestamping.stamping import stamp_checkpoint  # noqa: PLC0415

    try:
        if settings := timestamp_settings():
            stamped = stamp_checkpoint(ledger, kept, settings)
            say(f"{stamped.authority} says that it was there at {format_instant(stamped.at)}.")
    except LedgerError as error:
        say(error.sentence)
