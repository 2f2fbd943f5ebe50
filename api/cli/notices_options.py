"""What several commands about notices share."""

from typing import Annotated

import typer

from api.cli.options import asked
from api.opening import Opened
from domain.events import Position
from domain.lookup import find_model
from domain.subjects import WHOLE, SubjectKey

RunArgument = Annotated[int, typer.Argument(metavar="RUN", help="The run: the position at which it was opened.", min=1)]
ModelOption = Annotated[str | None, typer.Option("--model", help="Only about this model: its key, or a part of it that is unique.")]


def model_of(opened: Opened, model: str | None) -> SubjectKey | None:
    """Find the model that somebody typed, if one.

    Raises:
        NoSuchModel: there is none.
    """
    return find_model(model, opened.ledger.models()) if model is not None else None


def position_of(opened: Opened, recorded_at: str | None) -> Position:
    """Return the position as of which a question is asked: the log's end, unless another is named.

    Raises:
        PositionAhead: the log has not come so far.
        AsksTheFuture: the instant lies ahead.
    """
    point = asked(WHOLE, None, None, recorded_at).recorded_at
    return opened.ledger.store.head().position if point is None else opened.ledger.position_at(point)
