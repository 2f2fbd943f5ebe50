"""Writing answers with their proof into files."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api import wire_answers as wire
from api.cli.printing import say
from api.opening import NoLedger, Opened, for_recording, ledger_path
from api.settings import server_address
from domain.ledger import Asked
from domain.rules.answers import Question, StageAnswer
from domain.subjects import SubjectKey


@contextmanager
def for_proving(database: str | None) -> Iterator[Opened]:
    """Open a ledger so that what it answers can be signed; the sample is nobody's evidence.

    Raises:
        NoLedger: there is none.
    """
    if not server_address(database) and not (path := ledger_path(database)).exists():
        raise NoLedger(path)
    with for_recording(database) as opened:
        yield opened


def write_stage_proof(opened: Opened, key: SubjectKey, about: Asked, file: Path) -> tuple[Question, StageAnswer]:
    """Answer a question, and write the bundle that proves the answer."""
    from api.proving.notaries import proving_of  # noqa: PLC0415  # signing is needed only here
    from api.proving.stages import proven_stage  # noqa: PLC0415

    question, answer, bundle = proven_stage(proving_of(opened.ledger, opened.path), key, about)
    write_proof(bundle, file)
    return question, answer


def write_proof(bundle: wire.JSON, file: Path) -> None:
    """Write a bundle, and say how it is checked."""
    file.write_text(json.dumps(bundle, ensure_ascii=False, indent=1) + "\n", "utf-8")
    say(f"The proof is in {file}. Check it anywhere with: python verify_answer.py {file.name} --key KEY")
