"""The command that signs what the ledger holds, and changes the keys that sign."""

from typing import Annotated

import typer

from api.cli.options import AsJson, Database
from api.cli.printing import print_json, print_lines, say
from api.cli.proofs import for_proving


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
    if as_json:
        print_json({"number": kept.number, "size": kept.size, "note": kept.note})
    else:
        print_lines([kept.note.removesuffix("\n")])
        say(f"Checkpoint {kept.number}, of {kept.size} entries. Whether they stayed shows later: lifecycle verify --against FILE.")
