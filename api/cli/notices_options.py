"""What several commands about notices share."""

from typing import Annotated

import typer

from api.cli.options import asked
from api.opening import Opened
from domain.events import Position
from domain.lookup import find_model
from domain.subjects import WHOLE, SubjectKey

_WEBHOOK = "whk-"

RunArgument = Annotated[int, typer.Argument(metavar="RUN", help="The run: the position at which it was opened.", min=1)]
ModelOption = Annotated[str | None, typer.Option("--model", help="Only about this model: its key, or a part of it that is unique.")]


def model_of(opened: Opened, model: str | None) -> SubjectKey | None:
    """Find the model that somebody typed, if one.

    Raises:
        NoSuchModel: there is none.
    """
    return find_model(model, opened.ledger.models()) if model is not None else None


def person_of(opened: Opened, text: str) -> str:
    """Return the opaque id of the person, or of the webhook, that somebody typed.

    Raises:
        NoSuchPerson: nobody is known by it.
        AddressShared: several people have the address.
    """
    if text.startswith(_WEBHOOK):
        return text
    from api.cli.directory_options import known_person  # noqa: PLC0415  # 100 ms that only those who look for people pay
    from api.opening_people import people_of  # noqa: PLC0415

    with people_of(opened, create=False) as people:
        return known_person(people, text)


def position_of(opened: Opened, recorded_at: str | None) -> Position:
    """Return the position as of which a question is asked: the log's end, unless another is named.

    Raises:
        PositionAhead: the log has not come so far.
        AsksTheFuture: the instant lies ahead.
    """
    point = asked(WHOLE, None, None, recorded_at).recorded_at
    return opened.ledger.store.head().position if point is None else opened.ledger.position_at(point)
