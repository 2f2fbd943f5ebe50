"""What the stage index costs: 10,000 subjects of 6 claims. Run by hand: `python tests/benchmarks/stage_index.py [SUBJECTS=10000]`.

Every figure stands beside a limit measured in the same run, the least that any such index would have to do: two bare bisections for a
question, and reading the same bytes as JSON for a load. The ratio says how far we are from it, however busy the machine is.
"""

import random
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pydantic_core import from_json

from domain.dates import firm
from domain.events import ModelEvent, ModelListed, RetirementAnnounced
from domain.rules.answers import Question
from domain.stages import Stage
from domain.store.codec import encode
from domain.store.contract import Transaction
from domain.store.sqlite import SqliteStore
from domain.streams import model_stream
from domain.subjects import WHOLE, Scope, SubjectKey
from domain.values import Source
from projections.stage_index import StageIndex

CLAIMS = 6
SUBJECTS_A_TRANSACTION = 500
QUESTIONS = 100_000
ROUNDS = 7
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 900

Point = tuple[SubjectKey, Scope, datetime, datetime]


def chance_of(seed: int) -> random.Random:
    """Return the same chances in every run."""
    return random.Random(seed)  # noqa: S311 - nothing is to be kept secret


def some_day(chance: random.Random, days: int = DAYS) -> datetime:
    return FIRST + timedelta(days=chance.randrange(days))


def claims(key: SubjectKey, chance: random.Random) -> list[ModelEvent]:
    """A listing, and announcements that move the dates."""
    source = Source(address="https://example.com/retirements", document="d" * 64, name="page", raw="| a | row | as | published |", row=3)
    listed = ModelListed(
        announced_at=FIRST, key=key, name=key.model, provider=None, scope=WHOLE, since=None, source=source, stage=Stage.GENERALLY_AVAILABLE
    )
    days = sorted(chance.sample(range(1, DAYS), CLAIMS - 1))
    return [listed, *(announcement(key, FIRST + timedelta(days=day), chance, source) for day in days)]


def announcement(key: SubjectKey, at: datetime, chance: random.Random, source: Source) -> RetirementAnnounced:
    legacy, deprecated, retired = (firm(str((at + timedelta(days=chance.randrange(1, 90) + 90 * step)).date())) for step in range(3))
    return RetirementAnnounced(
        announced_at=at,
        deprecated=deprecated,
        key=key,
        label=None,
        legacy=legacy,
        notes=None,
        replacements=("azure/model-1",),
        retired=retired,
        scope=WHOLE,
        source=source,
    )


def keys(subjects: int) -> list[SubjectKey]:
    return [SubjectKey("azure", f"model-{number}") for number in range(subjects)]


def fill(path: Path, subjects: int) -> None:
    """Append all claims, as they are, many to a transaction."""
    chance = chance_of(1)
    named = keys(subjects)
    with closing(SqliteStore(path)) as store:
        for start in range(0, subjects, SUBJECTS_A_TRANSACTION):

            def work(transaction: Transaction, start: int = start) -> None:
                for key in named[start : start + SUBJECTS_A_TRANSACTION]:
                    transaction.append(model_stream(key), claims(key, chance), after=0, actor="benchmark")

            store.transact(f"fill {start}", work)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def megabytes() -> float:
    """Return the most memory that the process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bare_json(count: int) -> float:
    """Return the seconds of reading so many events as JSON."""
    _, state = encode(claims(SubjectKey("azure", "model"), chance_of(1))[-1])

    def read() -> None:
        for _ in range(count):
            from_json(state)

    return seconds(read)


def bare_log(store: SqliteStore) -> float:
    """Return the seconds of reading and decoding the log, with nothing done to it."""
    return seconds(lambda: deque(store.log(), maxlen=0))


def bare_bisections(subjects: int, points: list[Point]) -> Callable[[], None]:
    """Return a loop that makes a lookup and two bisections for each question, on tables of the same shape."""
    chance = chance_of(2)
    tables = {}
    for key in keys(subjects):
        known = sorted(some_day(chance) for _ in range(CLAIMS))
        tables[key.model] = known, [(sorted(some_day(chance) for _ in range(3)), list(Stage)) for _ in range(CLAIMS + 1)]

    def ask() -> None:
        for key, _, valid_at, known_at in points:
            known, stretches = tables[key.model]
            edges, stages = stretches[bisect_right(known, known_at)]
            stages[bisect_right(edges, valid_at)]

    return ask


def measure_stage(index: StageIndex, points: list[Point], subjects: int) -> None:
    def ask() -> None:
        stage = index.stage
        for key, scope, valid_at, known_at in points:
            stage(key, scope, valid_at, known_at)

    bare_ask = bare_bisections(subjects, points)
    rounds = [(seconds(bare_ask), seconds(ask)) for _ in range(ROUNDS)]
    bare, ours = (min(took) for took in zip(*rounds, strict=True))
    print(f"stage: {len(points) / ours:,.0f}/s  (target 300,000/s)")
    print(f"  two bare bisections {len(points) / bare:,.0f}/s; ratio {median(ours / bare for bare, ours in rounds):.2f}")
    _, _, valid_at, known_at = points[0]
    index.catalog(valid_at, known_at)
    catalog, limit = min(seconds(lambda: index.catalog(valid_at, known_at)) for _ in range(7)), bare * subjects / len(points)
    print(f"catalog at one point: {catalog * 1e3:.1f} ms  (target 25 ms)")
    print(f"  as many bare bisections {limit * 1e3:.1f} ms; ratio {catalog / limit:.2f}")


def measure_answers(index: StageIndex, points: list[Point]) -> None:
    def segments() -> None:
        for key, scope, valid_at, known_at in points:
            index.segment(key, scope, valid_at, known_at)

    def answers() -> None:
        for key, scope, valid_at, known_at in points:
            index.answer(Question(key, scope, valid_at, known_at, index.position, index.recorded_at))

    first, again = seconds(segments), min(seconds(segments) for _ in range(3))
    print(f"segment: {len(points) / first:,.0f}/s where it is made, {len(points) / again:,.0f}/s where it is kept")
    print(f"answer, of kept segments: {len(points) / seconds(answers):,.0f}/s")


def measure_load(store: SqliteStore, subjects: int) -> StageIndex:
    entries, before = subjects * CLAIMS, megabytes()
    index = StageIndex(store)
    took = seconds(index.refresh)
    grown = megabytes() - before
    json, log = bare_json(entries), bare_log(store)
    print(f"load: {took:.2f} s, {entries / took:,.0f} entries/s  (target 3 s, 100,000/s)")
    print(f"  JSON alone {entries / json:,.0f}/s, ratio {took / json:.2f}; decoding the log {entries / log:,.0f}/s, ratio {took / log:.2f}")
    print(f"  process {before + grown:.0f} MB, {grown:.0f} MB more than before  (target 150 MB)")
    return index


def compile_all(index: StageIndex) -> None:
    while index.warm(0.005):
        pass


def held_by_segments(store: SqliteStore, points: list[Point]) -> float:
    """Return the bytes of a kept answer, with the claims that it stands on."""
    index, count = StageIndex(store), 5_000
    index.refresh()
    compile_all(index)
    tracemalloc.start()
    for key, scope, valid_at, known_at in points[:count]:
        index.segment(key, scope, valid_at, known_at)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return held / index.segments


def main() -> None:
    """Print the figures."""
    subjects = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        subprocess.run([sys.executable, __file__, "--fill", str(path), str(subjects)], check=True)
        with closing(SqliteStore(path)) as store:
            index = measure_load(store, subjects)
            took = seconds(lambda: compile_all(index))
            print(f"compile what is known now: {took:.2f} s, {subjects / took:,.0f} models/s; process {megabytes():.0f} MB")
            chance, named = chance_of(3), keys(subjects)
            points = [(chance.choice(named), WHOLE, some_day(chance), some_day(chance)) for _ in range(QUESTIONS)]
            measure_stage(index, points, subjects)
            measure_answers(index, points[:10_000])
            print(f"process {megabytes():.0f} MB; a segment holds {held_by_segments(store, points):,.0f} bytes")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--fill"]:
        fill(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
