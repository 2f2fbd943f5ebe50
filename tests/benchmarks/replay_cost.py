"""What an answer costs: one subject of 10 claims replayed and answered. Run by hand: `python tests/benchmarks/replay_cost.py`.

Three figures: the whole question on a file (reading, decoding, deciding), the same with the history decoded already, and the rules
alone. Limit: 300 microseconds for the replay of a history. The ratio to a plain loop of the same run tells how busy the machine is.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from domain.commands import AdoptPolicy, Announce, ListModel
from domain.dates import firm
from domain.ledger import Asked, Ledger
from domain.rules.policy import AZURE_SERVERLESS_V1
from domain.rules.questions import answer
from domain.rules.timeline import Timeline
from domain.store.sqlite import SqliteStore
from domain.streams import model_stream, policy_stream
from domain.subjects import WHOLE, SubjectKey
from domain.values import Source

CLAIMS = 10
LIMIT_MICROSECONDS = 300
KEY = SubjectKey.parse("azure/mistral-large")
SOURCE = Source(address=None, document=None, name="mail", raw=None, row=None)


def fill(ledger: Ledger) -> None:
    """Append a listing and nine announcements that move the dates."""
    ledger.execute(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
    ledger.execute(ListModel(key=KEY, name="Mistral-large", source=SOURCE, announced_at=datetime(2024, 11, 22, tzinfo=UTC)))
    for day in range(1, CLAIMS):
        ledger.execute(
            Announce(
                key=KEY,
                legacy=firm(f"2025-01-{day:02}"),
                deprecated=firm(f"2025-03-{day:02}"),
                retired=firm(f"2025-07-{day:02}"),
                announced_at=datetime(2024, 12, day, tzinfo=UTC),
                source=SOURCE,
            )
        )


def microseconds(work: Callable[[], object], rounds: int = 300, repeats: int = 15) -> float:
    """Return the median time of one call."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        for _ in range(rounds):
            work()
        taken.append((time.perf_counter() - began) / rounds * 1e6)
    return statistics.median(taken)


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "ledger.db")
        ledger = Ledger(store, "bench")
        fill(ledger)
        asked = Asked(valid_at=datetime(2025, 4, 1, tzinfo=UTC))
        question = ledger.question(KEY, asked)
        history, policies = store.history(model_stream(KEY)), store.history(policy_stream("azure"))
        assert len(history) == CLAIMS
        kept = {model_stream(KEY): history, policy_stream("azure"): policies}
        loop = microseconds(lambda: sum(range(1000)))
        figures = {
            "replay and answer, history decoded": microseconds(lambda: answer(lambda stream: kept[stream], question)),
            "the rules alone": microseconds(lambda: Timeline(history, policies, WHOLE, question.known_at).at(question.valid_at)),
            "the whole question on a file": microseconds(lambda: ledger.stage(KEY, asked)),
        }
        for name, taken in figures.items():
            print(f"{name:36} {taken:6.0f} us   {taken / loop:5.1f} x a loop of 1,000 additions   (limit {LIMIT_MICROSECONDS} us)")
        store.close()


if __name__ == "__main__":
    main()
