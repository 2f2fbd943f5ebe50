"""Commands about people: finding, opting out, erasing."""

from typing import Annotated

import typer

from api import wire_answers as wire
from api.cli.directory_options import PersonArgument, known_person
from api.cli.options import Actor, AsJson, Database
from api.cli.printing import print_json, print_lines, say
from api.exit_codes import ExitCode
from api.opening import for_asking, for_recording
from domain.directory.commands import OptIn, OptOut, RecordErasure
from domain.directory.refusals import NoSuchPerson


def find(person: PersonArgument, database: Database = None, *, as_json: AsJson = False) -> None:
    """Tell the opaque id of somebody."""
    from api.opening_people import people_of  # noqa: PLC0415  # 30 ms that only those who name people pay

    with for_asking(database) as opened, people_of(opened, create=False) as people:
        id_ = known_person(people, person)
        erased = id_ in people.erased([id_])
    if as_json:
        print_json({"person": id_, "erased": erased})
    else:
        print_lines([id_])


def opt_out(person: PersonArgument, database: Database = None, actor: Actor = None, *, as_json: AsJson = False) -> None:
    """Record that somebody does not want to be told; that they had to be stays on record."""
    _wish(person, database, actor, OptOut, as_json=as_json)


def opt_in(person: PersonArgument, database: Database = None, actor: Actor = None, *, as_json: AsJson = False) -> None:
    """Record that somebody wants to be told again."""
    _wish(person, database, actor, OptIn, as_json=as_json)


def _wish(person: str, database: str | None, actor: str | None, kind: type[OptOut] | type[OptIn], *, as_json: bool) -> None:
    from api.opening_people import people_of  # noqa: PLC0415

    with for_recording(database, actor) as opened, people_of(opened, create=False) as people:
        id_ = known_person(people, person)
        if id_ in people.erased([id_]):
            raise NoSuchPerson(id_)
        receipt = opened.ledger.execute(kind(person=id_))
        if as_json:
            print_json({"person": id_, **wire.receipt(receipt, opened.ledger.store.head().position)})
        else:
            print_lines([f"recorded as #{receipt.position}" if receipt.position else "it is so already"])


def erase(
    person: PersonArgument,
    database: Database = None,
    actor: Actor = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it: it cannot be taken back.")] = False,
    as_json: AsJson = False,
) -> None:
    """Destroy name, address and key of a person, for good. Counts, digests and what was recorded stay, under the opaque id."""
    from api.opening_people import people_of  # noqa: PLC0415

    with for_recording(database, actor) as opened, people_of(opened, create=False) as people:
        id_ = known_person(people, person)
        if not yes:
            say(f"{id_} would be erased for good. Say --yes to do it.")
            raise typer.Exit(ExitCode.USAGE)
        # Once this is done, nothing leads from an address to the id any more: whoever is cut off here needs it to go on.
        say(f"Erasing {id_}. If this is cut off, run it again with this id.")
        people.erase(id_, opened.ledger.now())
        receipt = opened.ledger.execute(RecordErasure(person=id_))
    if as_json:
        print_json({"person": id_, "position": receipt.position, "erased": True})
    else:
        print_lines([f"erased {id_}" + (f"; the receipt is entry #{receipt.position}" if receipt.position else "; it was before")])
