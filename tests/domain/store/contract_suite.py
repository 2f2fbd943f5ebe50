"""What every store must do. A backend joins by a subclass that gives the two fixtures `make` and `make_losing`."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from threading import Event as Signal
from typing import Literal

import pytest

from domain.clock import Clock, system_clock
from domain.errors import InvalidName
from domain.events import Event
from domain.recorded import Head, Recorded
from domain.store.answer import Answer
from domain.store.contract import Kept, Store, Transaction
from domain.store.errors import CommandKeyReused, OutcomeUnknown, StaleVersion, StoreClosed, UnwritableEvent
from tests.controls import CONTROLS, FLOOR

Make = Callable[[Clock], Store]
MakeLosing = Callable[[Literal["before", "after"], int], Store]

LISTED = CONTROLS["ModelListed.v1"]
ANNOUNCED = CONTROLS["RetirementAnnounced.v1"]
MISTRAL = "model:azure/mistral-large"
NOON = datetime(2024, 11, 22, 12, tzinfo=UTC)
SECONDS = 30
"""Longest that a test waits for anything."""


class Hands:
    """A clock that shows the given instants, one a look, and then the last one for ever."""

    def __init__(self, *instants: datetime) -> None:
        self._left: Iterator[datetime] = iter(instants)
        self._shown = NOON

    def __call__(self) -> datetime:
        self._shown = next(self._left, self._shown)
        return self._shown


def appending(stream: str, *events: Event, after: int = 0) -> Callable[[Transaction], tuple[Recorded, ...]]:
    """Work that appends, with no command key."""
    return lambda transaction: tuple(transaction.append(stream, events or (ANNOUNCED,), after=after, actor="test"))


def once(key: str, stream: str = MISTRAL) -> Callable[[Transaction], bytes]:
    """Work as the ledger does it: the kept answer, or else an append whose answer is kept."""

    def work(transaction: Transaction) -> bytes:
        if kept := transaction.kept(key):
            return kept.answer
        (entry,) = transaction.append(stream, [ANNOUNCED], after=len(transaction.history(stream)), actor="test")
        answer = f"entry {entry.position} for {key}".encode()
        transaction.keep(key, "fingerprint", answer)
        return answer

    return work


def failing(transaction: Transaction) -> None:
    """Work that fails when it has written all it can."""
    transaction.append(MISTRAL, [LISTED, ANNOUNCED], after=len(transaction.history(MISTRAL)), actor="test")
    transaction.keep("failing", "fingerprint", b"never given")
    raise KeyError("changed my mind")


def has(prefix: str) -> Callable[[Transaction], bool]:
    """Work that asks whether any stream starts with a prefix."""
    return lambda transaction: transaction.has_streams(prefix)


def appending_and_asking(stream: str, prefix: str) -> Callable[[Transaction], tuple[bool, bool]]:
    """Work that asks before and after it has appended to a stream."""

    def work(transaction: Transaction) -> tuple[bool, bool]:
        before = transaction.has_streams(prefix)
        transaction.append(stream, [ANNOUNCED], after=0, actor="test")
        return before, transaction.has_streams(prefix)

    return work


def positions(store: Store) -> list[int]:
    return [entry.position for entry in store.log()]


class Blocked:
    """Holds the writer in a first work, so that all that is submitted meanwhile becomes one group."""

    def __init__(self, store: Store) -> None:
        self._started, self._go = Signal(), Signal()
        self._first = store.submit("first", self._wait)

    def _wait(self, _: Transaction) -> bool:
        self._started.set()
        return self._go.wait(SECONDS)

    def __enter__(self) -> None:
        assert self._started.wait(SECONDS)

    def __exit__(self, *_: object) -> None:
        self._go.set()
        assert self._first.result(SECONDS)


class StoreContract:
    """The contract, one test a sentence."""

    @pytest.fixture
    def make(self) -> Make:
        """Give a function that opens a new, empty store with a clock. The fixture closes it."""
        raise NotImplementedError

    @pytest.fixture
    def make_losing(self) -> MakeLosing:
        """Give a function that opens a store that loses the answers of its first COMMITs, before or after they are carried out."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, make: Make) -> Store:
        return make(system_clock)

    def test_a_new_store_is_empty(self, store: Store) -> None:
        assert store.head() == Head(0, None)
        assert store.head_at(NOON) == Head(0, None)
        assert (list(store.history(MISTRAL)), list(store.log()), list(store.streams(""))) == ([], [], [])
        assert store.kept("any") is None

    def test_what_was_appended_is_read_back(self, make: Make) -> None:
        store = make(Hands(NOON))
        appended = store.transact("a", appending(MISTRAL, *CONTROLS.values()))
        assert [entry.event for entry in appended] == list(CONTROLS.values())
        assert [(entry.position, entry.version) for entry in appended] == [(n, n) for n in range(1, len(CONTROLS) + 1)]
        assert {(entry.stream, entry.actor) for entry in appended} == {(MISTRAL, "test")}
        assert tuple(store.history(MISTRAL)) == tuple(store.log()) == appended
        assert store.head() == Head(len(CONTROLS), appended[-1].recorded_at)

    def test_positions_run_over_all_streams_and_versions_within_one(self, store: Store) -> None:
        for version in range(3):
            for stream in ("model:a/x", "model:a/y"):
                store.transact(f"{stream}{version}", appending(stream, after=version))
        assert [(entry.position, entry.stream, entry.version) for entry in store.log()] == [
            (1, "model:a/x", 1),
            (2, "model:a/y", 1),
            (3, "model:a/x", 2),
            (4, "model:a/y", 2),
            (5, "model:a/x", 3),
            (6, "model:a/y", 3),
        ]

    def test_appending_nothing_changes_nothing(self, store: Store) -> None:
        assert store.transact("a", lambda transaction: tuple(transaction.append(MISTRAL, [], after=0, actor="test"))) == ()
        assert store.head() == Head(0, None)

    @pytest.mark.parametrize("after", [0, 1, 3, -1])
    @pytest.mark.parametrize("events", [(), (ANNOUNCED,)])
    def test_a_stale_version_is_refused_and_nothing_is_written(self, store: Store, after: int, events: tuple[Event, ...]) -> None:
        store.transact("a", appending(MISTRAL, LISTED, ANNOUNCED))
        with pytest.raises(StaleVersion) as refused:
            store.transact("b", lambda transaction: transaction.append(MISTRAL, events, after=after, actor="test"))
        assert (refused.value.stream, refused.value.expected, refused.value.actual) == (MISTRAL, after, 2)
        assert store.head().position == 2

    def test_a_transaction_reads_its_own_writes(self, store: Store) -> None:
        def work(transaction: Transaction) -> tuple[list[int], Head, Kept | None]:
            transaction.append(MISTRAL, [LISTED], after=0, actor="test")
            transaction.append(MISTRAL, [ANNOUNCED], after=1, actor="test")
            transaction.append("model:azure/other", [LISTED], after=0, actor="test")
            transaction.keep("key", "print", b"answer")
            return [entry.version for entry in transaction.history(MISTRAL)], transaction.head(), transaction.kept("key")

        versions, head, kept = store.transact("key", work)
        assert versions == [1, 2]
        assert head == store.head()
        assert kept == store.kept("key") == Kept("key", "print", b"answer", 3)

    def test_work_that_raises_leaves_nothing_behind(self, store: Store) -> None:
        with pytest.raises(KeyError, match="changed my mind"):
            store.transact("failing", failing)
        assert (store.head(), list(store.streams("")), store.kept("failing")) == (Head(0, None), [], None)
        assert store.transact("b", once("b")) == b"entry 1 for b"

    def test_a_key_is_kept_once(self, store: Store) -> None:
        store.transact("key", once("key"))
        with pytest.raises(CommandKeyReused):
            store.transact("key", lambda transaction: transaction.keep("key", "another", b"another"))
        assert store.kept("key") == Kept("key", "fingerprint", b"entry 1 for key", 1)

    def test_recorded_at_increases_when_the_clock_steps_back(self, make: Make) -> None:
        hour = timedelta(hours=1)
        store = make(Hands(NOON, NOON - hour, NOON - 2 * hour, NOON + hour, NOON + hour))
        for version in range(5):
            store.transact(f"{version}", appending(MISTRAL, after=version))
        tick = timedelta(microseconds=1)
        assert [entry.recorded_at for entry in store.log()] == [NOON, NOON + tick, NOON + 2 * tick, NOON + hour, NOON + hour + tick]

    def test_the_instant_of_work_is_one_and_never_before_the_head(self, make: Make) -> None:
        store = make(Hands(NOON, NOON - timedelta(days=1), NOON + timedelta(days=1)))
        store.transact("a", appending(MISTRAL))
        assert store.transact("b", lambda transaction: (transaction.now(), transaction.now())) == (NOON, NOON)

    def test_events_of_one_append_are_a_microsecond_apart(self, make: Make) -> None:
        first, second = make(Hands(NOON)).transact("a", appending(MISTRAL, LISTED, ANNOUNCED))
        assert (first.recorded_at, second.recorded_at) == (NOON, NOON + timedelta(microseconds=1))

    def test_a_clock_in_another_zone_is_recorded_in_utc(self, make: Make) -> None:
        store = make(Hands(NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))))
        store.transact("a", appending(MISTRAL))
        (entry,) = store.log()
        assert (entry.recorded_at, entry.recorded_at.utcoffset()) == (NOON, timedelta(0))

    def test_the_head_at_an_instant_is_the_last_entry_by_then(self, make: Make) -> None:
        days = [NOON + timedelta(days=day) for day in range(5)]
        store = make(Hands(*days))
        for version in range(5):
            store.transact(f"{version}", appending(MISTRAL, after=version))
        tick = timedelta(microseconds=1)
        assert [store.head_at(day - tick).position for day in days] == [0, 1, 2, 3, 4]
        assert [store.head_at(day) for day in days] == [Head(n, day) for n, day in enumerate(days, 1)]
        assert store.head_at(days[-1] + timedelta(days=999)).position == 5

    def test_history_ends_at_a_position(self, store: Store) -> None:
        for version in range(3):
            store.transact(f"x{version}", appending("model:a/x", after=version))
            store.transact(f"y{version}", appending("model:a/y", after=version))
        assert [[e.version for e in store.history("model:a/y", upto)] for upto in (0, 1, 2, 4, 99, None)] == [
            [],
            [],
            [1],
            [1, 2],
            [1, 2, 3],
            [1, 2, 3],
        ]

    def test_history_grows_with_the_stream(self, store: Store) -> None:
        for version in range(4):
            store.transact(f"{version}", appending(MISTRAL, after=version))
            assert [entry.version for entry in store.history(MISTRAL)] == list(range(1, version + 2))
            assert store.transact("r", lambda transaction: len(transaction.history(MISTRAL))) == version + 1

    def test_the_log_is_read_in_pages_without_a_seam(self, store: Store) -> None:
        for batch in range(5):
            store.transact(f"{batch}", appending(MISTRAL, *[FLOOR] * 500, after=500 * batch))
        assert positions(store) == list(range(1, 2501))
        assert [e.position for e in store.log(after=999, upto=2001)] == list(range(1000, 2002))
        assert [e.position for e in store.log(after=2500)] == []
        assert [e.position for e in store.log(upto=10**30, after=2499)] == [2500]

    def test_the_outline_tells_where_each_entry_stands(self, store: Store) -> None:
        for version in (0, 600):
            for stream in ("model:b/y", "model:a/x"):
                store.transact(f"{stream}{version}", appending(stream, *[ANNOUNCED] * 600, after=version))
        told = [(entry.position, entry.stream, entry.version, entry.recorded_at) for entry in store.log()]
        assert [(o.position, o.stream, o.version, o.recorded_at) for o in store.outline(0, 10**30)] == told
        assert [o.position for o in store.outline(5, 7)] == [6, 7]

    def test_the_log_is_read_stream_by_stream(self, store: Store) -> None:
        for version in (0, 600):
            for stream in ("model:b/y", "model:a/x", "policy:a"):
                store.transact(f"{stream}{version}", appending(stream, *[ANNOUNCED] * 600, after=version))
        pieces = [[(entry.stream, entry.version) for entry in piece] for piece in store.by_stream(3100, "model:")]
        assert pieces == [[(stream, version) for version in range(1, 1201)] for stream in ("model:a/x", "model:b/y")]
        assert [len(piece) for piece in store.by_stream(10**30)] == [1200, 1200, 1200]
        assert not list(store.by_stream(0))

    def test_the_log_may_grow_while_it_is_followed(self, store: Store) -> None:
        store.transact("a", appending(MISTRAL, *[FLOOR] * 1001))
        followed = store.log()
        assert next(followed).position == 1
        store.transact("b", appending(MISTRAL, after=1001))
        assert [entry.position for entry in followed] == list(range(2, 1003))

    def test_a_prefix_is_taken_literally(self, store: Store) -> None:
        names = [
            "model:a%b/x",
            "model:a_b/x",
            "model:axb/x",
            "MODEL:a%b/x",
            "model:a%",
            "model:a",
            "m",
            "é",
            "\ud7ff",
            "\ue000",
            "\U0010ffff",
            "\U0010ffff\U0010ffff",
        ]
        for name in names:
            store.transact(name, appending(name))
        for prefix in ["", *names, "model:", "model:a%b", "model:a_", "\U0010ffff\U0010ffff\U0010ffff", "zzz"]:
            expected = sorted(name for name in names if name.startswith(prefix))
            assert list(store.streams(prefix)) == expected
            assert sorted(entry.stream for entry in store.log(stream_prefix=prefix)) == expected

    def test_whether_there_are_streams_is_told_with_the_works_own(self, store: Store) -> None:
        assert store.transact("a", appending_and_asking("notice:a/x:1", "notice:")) == (False, True)
        assert store.transact("b", appending_and_asking("notice:a/y:2", "notice:")) == (True, True)
        assert not store.transact("c", has("notices"))

    def test_whether_there_are_streams_is_told_with_those_of_the_group(self, store: Store) -> None:
        with Blocked(store):
            before = store.submit("before", has("model:"))
            store.submit("appended", appending(MISTRAL))
            after = store.submit("after", has("model:"))
        assert (before.result(SECONDS), after.result(SECONDS)) == (False, True)

    def test_what_was_undone_leaves_no_streams_behind(self, store: Store) -> None:
        def failing_after_asking(transaction: Transaction) -> None:
            assert appending_and_asking(MISTRAL, "model:")(transaction) == (False, True)
            failing(transaction)

        with Blocked(store):
            store.submit("failing", failing_after_asking)
            grouped = store.submit("after", has("model:"))
        assert not grouped.result(SECONDS)
        assert not store.transact("later", has("model:"))
        assert store.transact("b", appending_and_asking(MISTRAL, "model:")) == (False, True)

    def test_what_was_lost_with_its_commit_leaves_no_streams_behind(self, make_losing: MakeLosing) -> None:
        store = make_losing("before", 3)
        with pytest.raises(OutcomeUnknown):
            store.transact("a", appending_and_asking(MISTRAL, "model:"))
        assert not store.transact("b", has("model:"))

    @pytest.mark.parametrize("name", ["model:a%b/x", "MODEL:a", "sub_1", "sub%", "é", "\ue000", "\U0010ffff\U0010ffff"])
    def test_whether_there_are_streams_takes_a_prefix_literally(self, store: Store, name: str) -> None:
        prefixes = ["", name, name[:1], f"{name}x", "model:a_b", "model:", "sub_", "subx", "e", "\U0010ffff"]

        def found(transaction: Transaction) -> list[str]:
            return [prefix for prefix in prefixes if transaction.has_streams(prefix)]

        own = store.transact("a", lambda transaction: (transaction.append(name, [LISTED], after=0, actor="test"), found(transaction))[1])
        assert own == store.transact("b", found) == [prefix for prefix in prefixes if name.startswith(prefix)]

    @pytest.mark.parametrize("refused", ["\ud800", "model:\udfff/x"])
    def test_text_that_is_not_unicode_is_refused_wherever_it_stands(self, store: Store, refused: str) -> None:
        ways: list[Callable[[Transaction], object]] = [
            lambda transaction: transaction.append(refused, [LISTED], after=0, actor="test"),
            lambda transaction: transaction.append(MISTRAL, [LISTED], after=0, actor=refused),
            lambda transaction: transaction.keep(refused, "print", b""),
            lambda transaction: transaction.keep("key", refused, b""),
            lambda transaction: transaction.kept(refused),
            lambda transaction: transaction.history(refused),
            lambda transaction: transaction.has_streams(refused),
        ]
        for way in ways:
            with pytest.raises(InvalidName):
                store.transact("key", way)
        for question in (store.kept, store.history, store.streams):
            with pytest.raises(InvalidName):
                question(refused)
        assert store.head().position == 0

    def test_an_event_that_could_not_be_read_back_is_refused(self, store: Store) -> None:
        class Unknown(Event):
            topic = "Unknown.v1"

        with pytest.raises(UnwritableEvent):
            store.transact("a", appending(MISTRAL, LISTED, Unknown()))
        assert store.head().position == 0

    def test_a_failing_work_does_not_harm_its_neighbours(self, store: Store) -> None:
        with Blocked(store):
            good = [store.submit(f"{n}", once(f"{n}")) for n in range(3)]
            bad = store.submit("failing", failing)
            stale = store.submit("stale", appending(MISTRAL))
            late = store.submit("late", once("late"))
        assert [answer.result(SECONDS) for answer in [*good, late]] == [
            b"entry 1 for 0",
            b"entry 2 for 1",
            b"entry 3 for 2",
            b"entry 4 for late",
        ]
        with pytest.raises(KeyError, match="changed my mind"):
            bad.result(SECONDS)
        with pytest.raises(StaleVersion, match="at version 3"):
            stale.result(SECONDS)
        assert positions(store) == [1, 2, 3, 4]
        assert store.kept("failing") is None

    def test_a_hundred_sends_of_one_key_append_once(self, store: Store) -> None:
        with ThreadPoolExecutor(20) as threads:
            answers = list(threads.map(lambda _: store.transact("key", once("key")), range(100), timeout=SECONDS))
        with Blocked(store):
            grouped = [store.submit("key", once("key")) for _ in range(100)]
        assert {*answers, *(answer.result(SECONDS) for answer in grouped)} == {b"entry 1 for key"}
        assert positions(store) == [1]

    def test_of_sixteen_writers_who_saw_one_version_one_wins(self, store: Store) -> None:
        def race(writer: int) -> int:
            try:
                store.transact(f"{writer}", appending(MISTRAL, after=seen))
            except StaleVersion as stale:
                return stale.actual
            return -1

        with ThreadPoolExecutor(16) as threads:
            for seen in range(10):
                assert sorted(threads.map(race, range(16), timeout=SECONDS)) == [-1] + [seen + 1] * 15
        assert [entry.version for entry in store.history(MISTRAL)] == list(range(1, 11))

    def test_many_threads_read_while_others_write(self, store: Store) -> None:
        def write(writer: int) -> bool:
            return all(store.transact(f"{writer}/{n}", once(f"{writer}/{n}", f"model:a/{writer}")) for n in range(20))

        def read(_: int) -> bool:
            heads = [store.head() for _ in range(50)]
            logs = [positions(store) for _ in range(5)]
            return all(a.position <= b.position for a, b in pairwise(heads)) and all(log == list(range(1, len(log) + 1)) for log in logs)

        with ThreadPoolExecutor(12) as threads:
            writes = [threads.submit(write, n) for n in range(6)]
            reads = [threads.submit(read, n) for n in range(6)]
            assert all(done.result(SECONDS) for done in [*writes, *reads])
        assert positions(store) == list(range(1, 121))

    @pytest.mark.parametrize("moment", ["before", "after"])
    def test_a_lost_commit_gives_the_original_answer(self, make_losing: MakeLosing, moment: Literal["before", "after"]) -> None:
        store = make_losing(moment, 1)
        assert store.transact("key", once("key")) == b"entry 1 for key"
        assert store.transact("key", once("key")) == b"entry 1 for key"
        assert store.transact("next", once("next")) == b"entry 2 for next"
        assert positions(store) == [1, 2]

    @pytest.mark.parametrize("moment", ["before", "after"])
    def test_a_lost_commit_of_a_group_gives_each_its_answer(self, make_losing: MakeLosing, moment: Literal["before", "after"]) -> None:
        store = make_losing(moment, 2)
        with Blocked(store):
            answers = [store.submit(f"{n}", once(f"{n}", f"model:a/{n}")) for n in range(8)]
            bad = store.submit("failing", failing)
        assert [answer.result(SECONDS) for answer in answers] == [f"entry {n + 1} for {n}".encode() for n in range(8)]
        assert isinstance(bad.exception(SECONDS), KeyError)
        assert positions(store) == list(range(1, 9))

    @pytest.mark.parametrize(("moment", "position"), [("before", 0), ("after", 1)])
    def test_an_outcome_that_stays_unknown_is_said_and_a_retry_tells(
        self, make_losing: MakeLosing, moment: Literal["before", "after"], position: int
    ) -> None:
        store = make_losing(moment, 3)
        with pytest.raises(OutcomeUnknown, match="'key'"):
            store.transact("key", lambda transaction: (once("key")(transaction), transaction.append("model:a/x", [], after=0, actor="")))
        assert store.head().position == position
        assert store.transact("key", once("key")) == b"entry 1 for key"
        assert positions(store) == [1]

    def test_asyncio_code_awaits_answers(self, store: Store) -> None:
        async def ask() -> tuple[list[bytes], BaseException, bytes]:
            answers = [store.submit(f"{n}", once(f"{n}")) for n in range(20)]
            first = await asyncio.gather(*answers)
            wrapped = await asyncio.wrap_future(store.submit("0", once("0")))
            (error,) = await asyncio.gather(store.submit("failing", failing), return_exceptions=True)
            assert isinstance(error, BaseException)
            return first, error, wrapped if wrapped == await answers[0] else b""

        answers, error, again = asyncio.run(asyncio.wait_for(ask(), SECONDS))
        assert answers == [f"entry {n + 1} for {n}".encode() for n in range(20)]
        assert isinstance(error, KeyError)
        assert again == answers[0]

    def test_work_whose_caller_went_away_in_time_is_not_done(self, store: Store) -> None:
        async def give_up() -> bool:
            task = asyncio.ensure_future(store.submit("a", once("a")))
            await asyncio.sleep(0)
            return task.cancel()

        with Blocked(store):
            assert asyncio.run(give_up())
            plain = store.submit("b", once("b"))
            assert plain.cancel()
        with pytest.raises(CancelledError):
            plain.result(SECONDS)
        assert store.transact("c", once("c")) == b"entry 1 for c"

    def test_a_loop_that_was_closed_harms_nobody(self, store: Store) -> None:
        async def leave(answer: Answer[bytes]) -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(answer)), 0.001)

        with Blocked(store):
            other = store.submit("b", once("b"))
            asyncio.run(leave(store.submit("a", once("a"))))
        assert other.result(SECONDS) == b"entry 1 for b"

    def test_work_that_would_wait_for_itself_is_refused(self, store: Store) -> None:
        with pytest.raises(RuntimeError, match="never ends"):
            store.transact("a", lambda _: store.transact("b", once("b")))
        assert store.transact("c", once("c")) == b"entry 1 for c"

    def test_close_finishes_what_is_queued(self, store: Store) -> None:
        with Blocked(store):
            answers = [store.submit(f"{n}", once(f"{n}")) for n in range(5)]
        store.close()
        assert [answer.done() for answer in answers] == [True] * 5
        assert answers[-1].result(SECONDS) == b"entry 5 for 4"

    def test_a_closed_store_says_so(self, store: Store) -> None:
        store.transact("a", once("a"))
        store.close()
        store.close()
        questions: list[Callable[[], object]] = [
            lambda: store.submit("b", once("b")),
            lambda: store.transact("b", once("b")),
            store.head,
            lambda: store.head_at(NOON),
            lambda: store.history("unread"),
            lambda: list(store.log()),
            lambda: store.streams(""),
            lambda: store.kept("a"),
        ]
        for question in questions:
            with pytest.raises(StoreClosed, match="Open it again"):
                question()
