"""The command that lets the ledger's own clock tick."""

from collections.abc import Iterator

from api import wire_answers as wire
from api.cli.options import Actor, AsJson, Database
from api.cli.printing import columns, print_json, print_lines, say
from api.opening import for_recording
from domain.ledger import Ledger
from domain.ticking import record_due


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
