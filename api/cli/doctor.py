"""The command that looks at the ledger's health."""

import typer

from api import wire_answers as wire
from api.cli.asking import asking
from api.cli.options import AsJson, Database
from api.cli.printing import columns, print_json, print_lines
from api.cli.views import HEADER, health, health_json
from api.exit_codes import ExitCode
from projections.observations import NewestObservation, newest_observations


def doctor(database: Database = None, *, as_json: AsJson = False) -> None:
    """Where the ledger is, how far it goes, and how old the newest reading of each source is; and how the views stand."""
    with asking(database) as opened:
        head = opened.ledger.store.head()
        sources = newest_observations(opened.ledger, opened.ledger.now())
        facts = {
            "database": opened.name,
            "schema_version": opened.ledger.store.schema_version(),
            "position": head.position,
            "last_recorded_at": wire.instant(head.recorded_at),
            "models": len(opened.ledger.models()),
        }
        views = health(opened.path, head.position) if opened.path else ()
    if as_json:
        print_json({**facts, "sources": [_source(source) for source in sources], "views": [health_json(view) for view in views]})
    else:
        print_lines(columns([name.replace("_", " "), str(value)] for name, value in facts.items()))
        print_lines(columns(map(_line, sources), ("catalog", "source", "newest reading", "age in days", "readings")))
        if views:
            print_lines(columns((view.cells() for view in views), HEADER))
    if any(view.needs_a_person for view in views):
        raise typer.Exit(ExitCode.FINDING)


def _source(found: NewestObservation) -> wire.JSON:
    return {
        "catalog": found.catalog,
        "source": found.source,
        "seen_on": found.seen_on,
        "age_days": found.age_days,
        "readings": found.readings,
    }


def _line(found: NewestObservation) -> list[str]:
    return [found.catalog, found.source, found.seen_on, str(found.age_days), str(found.readings)]
