"""The views in tables as one thing: opened, kept up with the log, asked, and built anew."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, func, select

from domain.events import Position
from domain.store.contract import Store
from domain.subjects import SubjectKey
from projections.directory.view import VIEW as DIRECTORY
from projections.notices.view import VIEW as NOTICES
from projections.tables import checkpoints, current_stage, upcoming
from projections.tables.checkpoints import Checkpoint
from projections.tables.database import Database
from projections.tables.digest import digest_of
from projections.tables.errors import RebuildOvertaken
from projections.tables.follow import AnyView, begin_again, follow, own
from projections.tables.model_filling import Progress
from projections.tables.rebuild import rebuild
from projections.tables.view import View

MODEL_VIEWS: Sequence[View] = (current_stage.VIEW, upcoming.VIEW)
VIEWS: Sequence[AnyView] = (*MODEL_VIEWS, DIRECTORY, NOTICES)
_TABLES = {view.name: view.tables for view in VIEWS}

BEHIND_MAX = 5000
"""Entries that a view of models always takes in batch by batch. One that is further behind when it is opened, and by more than a tenth of
the log, is built anew: that reads each model's history once, and so takes a tenth of the time for an entry."""


def views_path(ledger: Path) -> Path:
    """Return where the views of a ledger stand: `ledger.views.db` beside `ledger.db`."""
    return ledger.with_name(f"{ledger.stem}.views{ledger.suffix}")


@dataclass(frozen=True, slots=True)
class ViewState:
    """How far a view has come."""

    name: str
    position: Position
    """The last entry of the log that it has taken in."""
    lag: int
    """Entries of the log that it has not taken in yet."""
    stopped_at: Position | None
    """The entry that it could not take in, and so waits before; none where nothing is wrong."""
    reason: str | None
    """Why it stopped, as a sentence."""


class Views:
    """The views of one ledger, in a file of their own, or in memory. Threads may share it. Close it when done."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._begun = False

    @classmethod
    def open(cls, path: Path | None, *, read_only: bool = False) -> "Views":
        """Open the views in a file (see `views_path`), or begin them; without a path they are in memory.

        A file of another version of the views is emptied: they are filled from the log again. Read-only, nothing is created or changed.

        Raises:
            ViewsNotBuilt: read-only, there is nothing to read.
            ViewsFault: the file is something else (it is left as it is), or cannot be opened.
        """
        return cls(Database(path, VIEWS, read_only=read_only))

    def catch_up(self, store: Store) -> bool:
        """Take in what the log has that the views have not, and tell whether there was anything. Blocking.

        A view that cannot take an entry in stops before it, and the others go on. It is tried once more each time the views are opened.

        Raises:
            ViewsFault: the views' database failed.
            StoreFault: the ledger's database failed.
        """
        first = not self._begun
        moved = first and self._begin(store)
        head = store.head().position
        for view, reached in self._checkpoints():
            if first or (reached.stopped_at is None and reached.position < head):
                moved |= follow(self._database, own(view), store)
        self._begun = True
        return moved

    def states(self, head: Position) -> Sequence[ViewState]:
        """Return how far each view has come; `head` is the position of the log's end."""
        return [ViewState(view.name, at.position, max(0, head - at.position), at.stopped_at, at.reason) for view, at in self._checkpoints()]

    def digest(self, name: str) -> str:
        """Return the SHA-256, in hex, of a view's rows: the same wherever and however they were built."""
        with self._database.reading() as connection:
            return digest_of(connection, _TABLES[name])

    def count(self, name: str) -> int:
        """Return how many rows a view has."""
        with self._database.reading() as connection:
            return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in _TABLES[name])

    def rebuild(self, store: Store, progress: Progress | None = None) -> None:
        """Build every view anew beside the old one, and put it in its place in one transaction.

        Raises:
            RebuildOvertaken: another rebuild began meanwhile, and goes on.
        """
        rebuild(self._database, VIEWS, store, progress)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Ask questions of the tables as of one moment: `projections.directory` and `projections.notices` have them.

        Raises:
            ViewsFault: the views' database failed.
        """
        with self._database.reading() as connection:
            yield connection

    def due(self, now: datetime) -> Sequence[SubjectKey]:
        """Return the models that have a firm date, passed by now, that the ledger's clock has not recorded. `due_stages` tells which."""
        with self._database.reading() as connection:
            return upcoming.due(connection, now)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _begin(self, store: Store) -> bool:
        """Leave views that follow another log, and build anew those of models that are far behind: that reads each stream but once."""
        head = store.head().position
        behind: list[View] = []
        for view, reached in self._checkpoints():
            known = reached.is_of(store)
            if not known:
                begin_again(self._database, own(view), reached)
            lag = head - reached.position if known else head
            if isinstance(view, View) and lag > BEHIND_MAX and 10 * lag > head:
                behind.append(view)
        if behind:
            with suppress(RebuildOvertaken):
                rebuild(self._database, behind, store)
        return bool(behind)

    def _checkpoints(self) -> Sequence[tuple[AnyView, Checkpoint]]:
        with self._database.reading() as connection:
            return [(view, checkpoints.read(connection, view.name)) for view in VIEWS]
