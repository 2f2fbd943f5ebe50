"""Logs for the views: several models whose histories lie mixed, and what the views hold of them."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from hypothesis import strategies as st

from domain.events import AnnouncementWithdrawn, Event, PolicyAdopted
from domain.recorded import Recorded
from domain.store.sqlite import SqliteStore
from domain.streams import model_stream, policy_stream
from domain.subjects import SubjectKey
from projections.tables.views import MODEL_VIEWS, VIEWS, Views, ViewState
from tests.histories import histories
from tests.ledgers import HandClock

MODELS = [SubjectKey.parse(text) for text in ("azure/m", "azure/m-2", "azure-openai/m")]
"""Keys that sort in another order as texts, and of which one begins like another."""

Said = tuple[SubjectKey, Recorded]


@st.composite
def mixed_logs(draw: st.DrawFn, length_max: int = 6) -> list[Said]:
    """The events of several models, each model's in their order, lying mixed."""
    waiting = [(key, draw(histories(length_max))) for key in MODELS]
    mixed: list[Said] = []
    while any(history for _, history in waiting):
        key, history = draw(st.sampled_from([one for one in waiting if one[1]]))
        mixed.append((key, history.pop(0)))
    return mixed


class Log:
    """A ledger's store, to which generated events are appended one by one."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self.store = SqliteStore(path, HandClock())
        self._positions: dict[tuple[SubjectKey, int], int] = {}

    def append(self, said: Said) -> None:
        """Append an event; a withdrawal names the claim by the position that it has here."""
        key, entry = said
        position = self.head + 1
        self._positions[key, entry.position] = position
        event = entry.event
        if isinstance(event, AnnouncementWithdrawn):
            event = event.model_copy(update={"claim": self._positions[key, event.claim]})
        if isinstance(event, PolicyAdopted):
            self.take(policy_stream(key.catalog), event)
        else:
            self.take(model_stream(key), event.model_copy(update={"key": key}))

    def take(self, stream: str, event: Event) -> None:
        """Append an event to a stream, whatever the rules would say."""
        self.store.transact(
            f"{self.head}",
            lambda transaction: transaction.append(stream, [event], after=len(transaction.history(stream)), actor="tester"),
        )

    @property
    def head(self) -> int:
        return self.store.head().position


@contextmanager
def opened(path: Path | str = ":memory:") -> Iterator[Log]:
    log = Log(path)
    try:
        yield log
    finally:
        log.store.close()


def digests(views: Views) -> list[str]:
    return [views.digest(view.name) for view in VIEWS]


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """Ask the file of the views as anybody would."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def damage(path: Path, position: int, state: str = "{}") -> str:
    """Write other bytes over an event, past the guards of the file, and return those that stood there."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (trigger,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'stored_events_no_update'").fetchone()
        (before,) = connection.execute("SELECT CAST(state AS TEXT) FROM stored_events WHERE rowid = ?", (position,)).fetchone()
        connection.execute("DROP TRIGGER stored_events_no_update")
        connection.execute("UPDATE stored_events SET state = CAST(? AS BLOB) WHERE rowid = ?", (state, position))
        connection.execute(trigger)
    return str(before)


def of_models(views: Views, head: int) -> Sequence[ViewState]:
    """How each view of models stands."""
    names = [view.name for view in MODEL_VIEWS]
    return [state for state in views.states(head) if state.name in names]


def positions(views: Views, head: int) -> Sequence[tuple[int, int | None]]:
    """How far each view of models is, and what stopped it."""
    return [(state.position, state.stopped_at) for state in of_models(views, head)]
