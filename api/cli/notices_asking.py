"""Commands that ask about notification runs: list, show."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.asking import asking
from api.cli.notices_options import ModelOption, RunArgument, model_of, position_of
from api.cli.options import AsJson, Database, RecordedAt
from api.cli.printing import columns, print_json, print_lines
from api.exit_codes import ExitCode
from domain.notices.refusals import NoSuchRun

if TYPE_CHECKING:
    from api.wire_answers import JSON

_COUNTS = ("expected", "accepted", "failed", "excluded", "pending")
_COLUMNS = ("run", "model", "cause", "opened_at", "deprecated", "retired", *_COUNTS, "state")


def list_runs(
    model: ModelOption = None,
    recorded_at: RecordedAt = None,
    database: Database = None,
    *,
    only_open: Annotated[bool, typer.Option("--open", help="Only those that are not closed.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the notification runs, the newest first, each with how many had to be told, were, could not be, and are left."""
    from api.notices.wire import wire_run  # noqa: PLC0415  # 200 ms that only those who ask tables pay
    from api.opening_views import views_of  # noqa: PLC0415
    from projections.notices.reached import as_of  # noqa: PLC0415
    from projections.notices.runs import overdue, runs  # noqa: PLC0415

    with asking(database) as opened, views_of(opened) as views, views.reading() as connection:
        position = position_of(opened, recorded_at)
        at, key = as_of(connection, position), model_of(opened, model)
        found = [wire_run(row) for row in runs(connection, key=key, open_only=only_open, limit=2**62, position=at)]
        late = [each.run.run for each in overdue(connection, opened.ledger.now(), at)]
    if as_json:
        print_json({"position": position, "notices": found, "overdue": late})
    else:
        print_lines(columns(([str(each[name] or "") for name in _COLUMNS[:6]] + _told(each, late) for each in found), _COLUMNS))


def _told(run: "JSON", late: Sequence[int]) -> list[str]:
    state = "closed" if run["closed"] else "overdue" if run["run"] in late else "open"
    return [*(str(run[name]) for name in _COUNTS), state]


def show(
    run: RunArgument,
    recorded_at: RecordedAt = None,
    database: Database = None,
    *,
    subscriptions: Annotated[bool, typer.Option("--subscriptions", help="Show each subscription's part, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how far one run reached: by role, who cannot be told and why, who was told late or never, and how many days ahead."""
    from api.notices.wire import wire_counts, wire_coverage  # noqa: PLC0415
    from api.opening_views import views_of  # noqa: PLC0415
    from projections.notices.coverage import coverage, coverage_by_subscription  # noqa: PLC0415
    from projections.notices.findings import NoticeFinding, findings  # noqa: PLC0415
    from projections.notices.reached import as_of  # noqa: PLC0415
    from projections.notices.runs import overdue  # noqa: PLC0415

    with asking(database) as opened, views_of(opened) as views, views.reading() as connection:
        position = position_of(opened, recorded_at)
        at = as_of(connection, position)
        of = coverage(connection, run, at)
        if of is None:
            raise NoSuchRun(run)
        late = any(each.run.run == run for each in overdue(connection, opened.ledger.now(), at))
        found = findings(of, overdue=late)
        shown = {**wire_coverage(of, found), "position": position}
        parts = coverage_by_subscription(connection, run, limit=2**62, position=at) if subscriptions else ()
        by_subscription = {name: wire_counts(counts) for name, counts in parts}
    if as_json:
        print_json({**shown, "subscriptions": by_subscription} if subscriptions else shown)
    else:
        print_lines(_lines(shown))
        print_lines(_counted("subscription", by_subscription))
    if any(each.code is NoticeFinding.OVERDUE for each in found):
        raise typer.Exit(ExitCode.FINDING)


def _lines(shown: "JSON") -> Iterator[str]:
    state = f"closed at {shown['closed_at']}" if shown["closed_at"] else "open"
    yield f"run {shown['run']}: {shown['name']} ({shown['model']}), {shown['cause']}, opened at {shown['opened_at']}, {state}"
    for stage in ("legacy", "deprecated", "retired"):
        yield f"  {stage:<14} {shown[stage] or 'no date'}{_lead(shown.get(f'lead_days_{stage}'))}"
    yield f"  {', '.join(f'{shown[name]} {name}' for name in _COUNTS)}; {shown['late']} late, {shown['never']} never told"
    yield from (f"  excluded       {count} {why.replace('_', ' ')}" for why, count in shown["exclusions"].items())
    yield from (f"  finding        {found['code']}: {found['members']}" for found in shown["findings"])
    yield from _counted("role", shown["roles"])


def _lead(days: Mapping[str, int] | None) -> str:
    return f"  told {days['least']} to {days['most']} days ahead, {days['median']} in the middle" if days else ""


def _counted(name: str, rows: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    header = (name, "members", "accepted", "failed", "pending", "excluded")
    if rows:
        yield from columns(([each, *(str(counts[column]) for column in header[1:])] for each, counts in rows.items()), header)
