"""The command that proves what became of a run, or of one person's notice."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.notices_options import RunArgument, person_of, position_of
from api.cli.options import Database, RecordedAt
from api.cli.proofs import for_proving, write_proof
from domain.notices.refusals import NoSuchRun

PersonOption = Annotated[
    str | None, typer.Option("--person", help="What became of this person's notice: an opaque id, a directory id or an address.")
]


def prove(
    run: RunArgument,
    file: Annotated[Path, typer.Argument(help="Where the proof is written.")],
    person: PersonOption = None,
    recorded_at: RecordedAt = None,
    database: Database = None,
) -> None:
    """Write how a run was closed, or what became of one person's notice, with its proof; verify_answer.py checks it."""
    from api.notices.opened import opened_run  # noqa: PLC0415  # signing is needed only here
    from api.proving.notaries import proving_of  # noqa: PLC0415
    from api.proving.runs import proven_closure, proven_told  # noqa: PLC0415

    with for_proving(database) as opened:
        position = position_of(opened, recorded_at)
        if run > position:
            raise NoSuchRun(run)
        key, proving = opened_run(opened.ledger, run).key, proving_of(opened.ledger, opened.path)
        if person is None:
            bundle = proven_closure(proving, key, run, position)
        else:
            bundle = proven_told(proving, key, run, person_of(opened, person), position)
    write_proof(bundle, file)
