"""Commands that tell people, and that record what others told them."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import Actor, AsJson, Database
from api.cli.printing import print_json, print_lines, say
from api.exit_codes import ExitCode
from api.opening import NoLedger, Opened, for_recording, place_of
from api.settings import server_address
from domain.clock import system_clock

if TYPE_CHECKING:
    from api.notices.worker import Progress, Round, Worker


def deliver(
    database: Database = None,
    actor: Actor = None,
    wait: Annotated[bool, typer.Option("--wait", help="Go on until every run is closed, trying again what was put off.")] = False,  # noqa: FBT002
    *,
    as_json: AsJson = False,
) -> None:
    """Tell everybody who has to know: record who that is, send each notice, record what came of it, close the runs that are complete."""
    from api.notices.delivering import delivering  # noqa: PLC0415  # 300 ms that only those who deliver pay
    from api.notices.offices import office_of  # noqa: PLC0415

    async def work(opened: Opened, show: "Callable[[Progress], None]") -> tuple[int, list[int], str | None]:
        with office_of(opened) as office:
            async with delivering(office, say, progress=show) as worker:
                return await _rounds(worker, wait=wait)

    with for_recording(database, actor) as opened, _progress() as show:
        attempts, closed, next_at = asyncio.run(work(opened, show))
    if as_json:
        print_json({"attempts": attempts, "closed": closed, "next_at": next_at})
    else:
        print_lines([f"{attempts} attempts, {len(closed)} runs closed"])
        if next_at:
            say(f"Somebody is to be tried again at {next_at}: run it then, or with --wait.")
    if next_at:
        raise typer.Exit(ExitCode.FINDING)


def resume(database: Database = None, *, as_json: AsJson = False) -> None:
    """Let a ledger that was restored deliver again. Look before who is pending there: whoever was told after its copy is told again."""
    from api.notices.outbox import outbox_path, switch_on  # noqa: PLC0415

    path = place_of(database)
    if not server_address(database) and not path.exists():
        raise NoLedger(path)
    was_off = switch_on(outbox_path(path))
    if as_json:
        print_json({"delivering": True, "was_off": was_off})
    else:
        print_lines(["delivering is on" if was_off else "delivering was on already"])


async def _rounds(worker: "Worker", *, wait: bool) -> tuple[int, list[int], str | None]:
    from api import wire_answers as wire  # noqa: PLC0415

    attempts, closed = 0, list[int]()
    while True:
        found: Round = await worker.round()
        attempts, closed = attempts + found.attempts, [*closed, *found.closed]
        if not wait or found.next_at is None:
            return attempts, closed, wire.instant(found.next_at) if found.next_at else None
        await asyncio.sleep(max(0.0, (found.next_at - system_clock()).total_seconds()))


@contextmanager
def _progress() -> "Iterator[Callable[[Progress], None]]":
    """Show a bar on a terminal, with the time that is left; elsewhere, nothing."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*shown, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[int, object] = {}

        def show(progress: "Progress") -> None:
            task = tasks.get(progress.run)
            if task is None:
                task = tasks[progress.run] = bar.add_task(f"run {progress.run} ({progress.key})", total=progress.of)
            bar.update(task, completed=progress.done)  # type: ignore[arg-type]  # what add_task returned

        yield show
