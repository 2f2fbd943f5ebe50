"""The command that builds the views in tables anew, and what `lifecycle doctor` tells of them."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import typer

from api.cli.options import AsJson, Database
from api.cli.printing import columns, print_json, print_lines, say
from api.exit_codes import ExitCode
from api.opening import NoLedger, for_asking
from api.settings import default_path
from domain.events import Position


def rebuild(database: Database = None, *, as_json: AsJson = False) -> None:
    """Build the SQL views anew from the log, beside the ledger's file; readers see the old ones until the new ones are whole."""
    from projections.tables.views import Views, views_path  # noqa: PLC0415  # 200 ms that only those who use tables pay

    with for_asking(database) as opened, _progress() as progress:
        if opened.path is None:
            raise NoLedger(default_path())
        began = perf_counter()
        with Views.open(views_path(opened.path)) as views:
            views.rebuild(opened.ledger.store, progress)
            seconds = perf_counter() - began
            head = opened.ledger.store.head().position
            built = [
                {
                    "name": state.name,
                    "rows": views.count(state.name),
                    "position": state.position,
                    "digest": views.digest(state.name),
                    "stopped_at": state.stopped_at,
                    "reason": state.reason,
                }
                for state in views.states(head)
            ]
    if as_json:
        print_json({"position": head, "seconds": round(seconds, 3), "views": built})
    else:
        shown = ("name", "rows", "position", "digest")
        print_lines(columns(([str(view[name]) for name in shown] for view in built), ("view", *shown[1:])))
        say(f"{head} entries in {seconds:.1f} s ({head / seconds:,.0f} a second).")
    stopped = [view for view in built if view["stopped_at"]]
    for view in stopped:
        say(f"{view['name']} stopped: {view['reason']}")
    if stopped:
        raise typer.Exit(ExitCode.FINDING)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar on a terminal; elsewhere, nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    # 80 ms that only a person's rebuild pays.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("entries"), TimeRemainingColumn())
    with Progress(*shown, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("views", total=None)
        yield lambda read, of: bars.update(task, completed=read, total=of)


@dataclass(frozen=True, slots=True)
class ViewHealth:
    """What a look at a view finds."""

    name: str
    state: str
    """`fine`, `stopped`, `not_built` or `unavailable`."""
    position: Position | None = None
    lag: int | None = None
    digest: str | None = None
    stopped_at: Position | None = None
    reason: str | None = None

    @property
    def needs_a_person(self) -> bool:
        """Whether it will not mend by itself. What was never built is nothing to mend."""
        return self.state in {"stopped", "unavailable"}

    def cells(self) -> list[str]:
        """Return what is told of it in a line."""
        told = "not built; lifecycle rebuild" if self.state == "not_built" else self.state
        numbers = ["" if number is None else str(number) for number in (self.position, self.lag)]
        return [self.name, *numbers, self.digest or "", f"{told}: {self.reason}" if self.needs_a_person else told]


HEADER = ("view", "position", "lag", "digest", "state")


def health(ledger: Path, head: Position) -> Sequence[ViewHealth]:
    """Look at a ledger's views, without touching anything."""
    from projections.tables.errors import ViewsFault, ViewsNotBuilt  # noqa: PLC0415
    from projections.tables.views import VIEWS, Views, views_path  # noqa: PLC0415

    try:
        with Views.open(views_path(ledger), read_only=True) as views:
            return [
                ViewHealth(
                    at.name, "stopped" if at.stopped_at else "fine", at.position, at.lag, views.digest(at.name), at.stopped_at, at.reason
                )
                for at in views.states(head)
            ]
    except ViewsFault as error:
        state = "not_built" if isinstance(error, ViewsNotBuilt) else "unavailable"
        return [ViewHealth(view.name, state, reason=error.sentence) for view in VIEWS]


def health_json(found: ViewHealth) -> dict[str, object]:
    """Return what is told of a view as JSON."""
    return asdict(found)
