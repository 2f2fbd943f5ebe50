"""Commands that audit notices: who was told, and who was not. All rows, however many, in the memory of a page."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.asking import asking
from api.cli.notices_options import ModelOption, model_of, person_of, position_of
from api.cli.notices_printing import PRINTED
from api.cli.options import AsJson, Database, RecordedAt
from api.cli.printing import print_lines, say
from api.exit_codes import ExitCode
from api.opening import Opened

if TYPE_CHECKING:
    from api.notices.reading import Page
    from domain.people.registry import People
    from projections.notices.audit import AuditFilter, AuditRow


RunOption = Annotated[int | None, typer.Option("--run", help="Only this run.", min=1)]
PersonOption = Annotated[str | None, typer.Option("--person", help="Only this person: an opaque id, a directory id or an address.")]
SubscriptionOption = Annotated[str | None, typer.Option("--subscription", help="Only for this subscription.")]
RoleOption = Annotated[str | None, typer.Option("--role", help="Only in this role.")]
StateOption = Annotated[str | None, typer.Option("--state", help="Only those accepted, pending, failed or excluded.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
AsJsonl = Annotated[bool, typer.Option("--jsonl", help="Print JSON lines.")]
Names = Annotated[bool, typer.Option("--names", help="Show names and addresses; it needs the key file.")]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which rows, and how they are printed."""

    model: str | None
    run: int | None
    person: str | None
    subscription: str | None
    role: str | None
    state: str | None
    recorded_at: str | None
    form: str
    names: bool


def audit(
    model: ModelOption = None,
    run: RunOption = None,
    person: PersonOption = None,
    subscription: SubscriptionOption = None,
    role: RoleOption = None,
    state: StateOption = None,
    recorded_at: RecordedAt = None,
    database: Database = None,
    *,
    names: Names = False,
    as_csv: AsCsv = False,
    as_jsonl: AsJsonl = False,
    as_json: AsJson = False,
) -> None:
    """Tell who was told: when, by which channel, in which role, for which subscription, with which dates."""
    from projections.notices.audit import audit as ask  # noqa: PLC0415  # 200 ms that only those who ask tables pay

    form = _form(as_csv=as_csv, as_jsonl=as_jsonl, as_json=as_json)
    wanted = _Asked(model, run, person, subscription, role, state, recorded_at, form, names)
    _print(database, wanted, lambda only: lambda c, after, limit, at: ask(c, only, after=after, limit=limit, position=at))


def gaps(
    days: Annotated[int, typer.Option("--days", help="Calendar days before the date.", min=0, max=36_500)],
    date: Annotated[str, typer.Option("--date", help="Which date: deprecated or retired.")] = "deprecated",
    model: ModelOption = None,
    run: RunOption = None,
    person: PersonOption = None,
    subscription: SubscriptionOption = None,
    role: RoleOption = None,
    state: StateOption = None,
    recorded_at: RecordedAt = None,
    database: Database = None,
    *,
    names: Names = False,
    as_csv: AsCsv = False,
    as_jsonl: AsJsonl = False,
    as_json: AsJson = False,
) -> None:
    """Tell everyone who was not told so many days before a date: later, or never. Ends with 1 where there is anyone."""
    from projections.notices.audit import gaps as find  # noqa: PLC0415
    from projections.notices.audit_statements import DateAsked  # noqa: PLC0415

    form = _form(as_csv=as_csv, as_jsonl=as_jsonl, as_json=as_json)
    wanted = _Asked(model, run, person, subscription, role, state, recorded_at, form, names)
    ask = partial(find, days=days, on=_one_of(DateAsked, date, "--date"))
    if _print(database, wanted, lambda only: lambda c, after, limit, at: ask(c, wanted=only, after=after, limit=limit, position=at)):
        raise typer.Exit(ExitCode.FINDING)


def _print(database: str | None, asked: _Asked, page: "Callable[[AuditFilter], Page]") -> int:
    """Print the rows, and return how many there are."""
    from api.notices.reading import pages  # noqa: PLC0415
    from api.opening_views import views_of  # noqa: PLC0415

    counted = 0

    def counting(found: "Iterator[Sequence[AuditRow]]") -> "Iterator[Sequence[AuditRow]]":
        nonlocal counted
        for rows in found:
            counted += len(rows)
            yield rows

    with ExitStack() as held:
        opened = held.enter_context(asking(database))
        position, only = position_of(opened, asked.recorded_at), _filter(opened, asked)
        people = _people(opened, held) if asked.names else None
        views = held.enter_context(views_of(opened))
        found = counting(pages(views, page(only), position))
        print_lines(PRINTED[asked.form](found, people, position))
    if asked.form != "json":
        say(f"{counted} rows, as of position @{position}.")
    return counted


def _filter(opened: Opened, asked: _Asked) -> "AuditFilter":
    from projections.notices.audit import AuditFilter  # noqa: PLC0415
    from projections.notices.told import State  # noqa: PLC0415

    state = _one_of(State, asked.state, "--state") if asked.state is not None else None
    person = person_of(opened, asked.person) if asked.person is not None else None
    return AuditFilter(model_of(opened, asked.model), asked.run, person, asked.subscription, asked.role, state)


def _people(opened: Opened, held: ExitStack) -> "People":
    from api.opening_people import people_of  # noqa: PLC0415

    return held.enter_context(people_of(opened, create=False))


def _one_of(kind: Any, text: str, option: str) -> Any:  # noqa: ANN401  # whichever enumeration it is
    try:
        return kind(text)
    except ValueError:
        raise typer.BadParameter(f"{option} is one of {', '.join(kind)}") from None


def _form(*, as_csv: bool, as_jsonl: bool, as_json: bool) -> str:
    chosen = [name for name, wanted in (("csv", as_csv), ("jsonl", as_jsonl), ("json", as_json)) if wanted]
    if len(chosen) > 1:
        raise typer.BadParameter("give one of --csv, --jsonl and --json")
    return chosen[0] if chosen else "lines"
