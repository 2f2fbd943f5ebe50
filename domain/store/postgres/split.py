"""A ledger that is written in one place and read in another: a replica answers, the primary records."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from domain.events import Position
from domain.proof.evidence import Snapshot
from domain.proof.merkle import root
from domain.recorded import Head, Outline, Recorded
from domain.store.answer import Answer
from domain.store.contract import Kept
from domain.store.group import Work
from domain.store.postgres.errors import AnotherLedger
from domain.store.postgres.evidence import PostgresEvidence
from domain.store.postgres.store import PostgresStore

T = TypeVar("T")


class SplitStore:
    """Two stores of one ledger. What reads may be behind; it is never ahead, and holds nothing else."""

    def __init__(self, writes: PostgresStore, reads: PostgresStore) -> None:
        """Speak for both; whoever opened them closes them.

        Raises:
            AnotherLedger: what reads is no copy of what writes.
            StoreFault: one of them cannot answer.
        """
        self._writes = writes
        self._reads = reads
        _check_same(writes, reads)

    @property
    def evidence(self) -> PostgresEvidence:
        """What proves comes from where checkpoints are kept."""
        return self._writes.evidence

    @property
    def hears(self) -> bool:
        """Whether what reads tells at this moment what has come to it."""
        return self._reads.hears

    def wait(self, seconds: float) -> bool:
        """Wait as `PostgresStore.wait`, for what comes to where it is read."""
        return self._reads.wait(seconds)

    def submit(self, key: str, work: Work[T]) -> Answer[T]:
        """Queue work for the writer."""
        return self._writes.submit(key, work)

    def transact(self, key: str, work: Work[T]) -> T:
        """Submit work and wait for its outcome."""
        return self._writes.transact(key, work)

    def head(self) -> Head:
        """Return the end of the log as it can be read."""
        return self._reads.head()

    def head_at(self, instant: datetime) -> Head:
        """Return the last entry recorded at or before an instant."""
        return self._reads.head_at(instant)

    def history(self, stream: str, upto: Position | None = None) -> Sequence[Recorded]:
        """Return a stream's events."""
        return self._reads.history(stream, upto)

    def log(self, after: Position = 0, upto: Position | None = None, stream_prefix: str = "") -> Iterator[Recorded]:
        """Follow the log in order."""
        return self._reads.log(after, upto, stream_prefix)

    def outline(self, after: Position, upto: Position) -> Iterator[Outline]:
        """Follow the log in order without reading its events."""
        return self._reads.outline(after, upto)

    def by_stream(self, upto: Position, stream_prefix: str = "") -> Iterator[Sequence[Recorded]]:
        """Go through the log stream by stream."""
        return self._reads.by_stream(upto, stream_prefix)

    def streams(self, prefix: str) -> Sequence[str]:
        """Return the names of all streams that start with a prefix, sorted."""
        return self._reads.streams(prefix)

    def kept(self, key: str) -> Kept | None:
        """Return the command kept under a key: by the writer, whose sender may ask for it at once."""
        return self._writes.kept(key)

    def schema_version(self) -> int:
        """Return the version of the tables as they are written."""
        return self._writes.schema_version()

    def close(self) -> None:
        """Finish what is queued and let go of both, as each would by itself."""
        self._writes.close()
        self._reads.close()


def _check_same(writes: PostgresStore, reads: PostgresStore) -> None:
    """Compare the roots at the end of what is behind."""
    behind = reads.evidence.at_one_moment(lambda snapshot: snapshot.entries())

    def root_there(snapshot: Snapshot) -> bytes | None:
        return root(behind.size, snapshot.entry_nodes()) if behind.size <= snapshot.entries().size else None

    if writes.evidence.at_one_moment(root_there) != behind.root:
        raise AnotherLedger(reads.name)
