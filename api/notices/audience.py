"""Recording who has to be told: the directory as it stood when the run was opened, with what each can be reached by."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from api.notices.following import follow
from domain.events import Position
from domain.ledger import Ledger
from domain.notices.audience import Member, Reach, chunk_of, in_chunks
from domain.notices.commands import RecordAudience
from domain.notices.events import NotificationRunOpened, RunCause
from domain.notices.opening import decided_elsewhere
from domain.notices.run import fold
from domain.people.registry import People
from domain.recorded import Recorded
from domain.streams import model_stream, notice_stream
from domain.subjects import SubjectKey
from projections.directory.members import members as directory_members
from projections.directory.wishes import wishes
from projections.tables.views import Views

OPTED_OUT = "opted_out"

Progress = Callable[[int], None]
"""Told how many members are recorded."""


@dataclass(frozen=True)
class Reachable:
    """By what people can be reached: what they wished counts as of a position, their addresses are those of now."""

    people: People
    wished: Mapping[str, str]

    @classmethod
    def at(cls, connection: Connection, people: People, position: Position) -> "Reachable":
        """Look the wishes up, as they stood at a position."""
        return cls(people, wishes(connection, position))

    def of(self, members: Sequence[Member]) -> Sequence[Reach]:
        """Return by what each member can be reached."""
        ids = [member.id for member in members if member.kind]
        addresses = self.people.addresses(ids)
        erased = self.people.erased(id_ for id_ in ids if id_ not in addresses)
        return [Reach(addresses.get(m.id, 0), m.id in erased, self.wished.get(m.id) == OPTED_OUT) for m in members]


def members_of(connection: Connection, opened: NotificationRunOpened, history: Sequence[Recorded]) -> Iterator[Member]:
    """Go through those who have to be told in a run, in the order of their numbers; `history` is the model's when it was opened."""
    joined_from = opened.claim if opened.cause is RunCause.JOINED else None
    elsewhere = partial(decided_elsewhere, history, opened)
    return directory_members(connection, opened.key, opened.scope, opened.roles, opened.run, joined_from, elsewhere)


def record_audience(
    ledger: Ledger, views: Views, people: People, key: SubjectKey, run: Position, progress: Progress = lambda _: None
) -> None:
    """Record a run's audience, or what is missing of it. Blocking.

    Raises:
        NoticesStopped: the directory is known only in part.
        LedgerError: the ledger, the views or the people's file cannot be read or written.
    """
    state = fold(run, ledger.store.history(notice_stream(key, run)))
    opened = state.opened
    if opened is None or state.complete:
        return
    follow(ledger, views)
    with views.reading() as connection:
        reachable = Reachable.at(connection, people, run)
        chunks = in_chunks(members_of(connection, opened, ledger.store.history(model_stream(key), run)), recorded=state.chunks)
        for number, (members, complete) in enumerate(chunks, start=state.chunks + 1):
            chunk = chunk_of(members, reachable.of(members))
            command = RecordAudience(
                key=key,
                run=run,
                chunk=number,
                complete=complete,
                excluded=chunk.excluded,
                recipients=chunk.recipients,
                roles=chunk.roles,
                subscriptions=chunk.subscriptions,
            )
            ledger.execute(command, key=f"audience:{run}:{number}")
            progress(len(members))
