"""Generated logs of several models that name each other as replacements, and every point at which an answer may change."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from domain import verify_answer as oracle
from domain.events import AnnouncementWithdrawn, Event, ModelListed, PolicyAdopted, RetirementAnnounced, StageEntered
from domain.ledger import Ledger
from domain.store.contract import Transaction
from domain.streams import model_stream, policy_stream
from domain.subjects import Scope, SubjectKey
from tests.histories import SCOPES, announcements, listings, maybe, policies, transitions, withdrawals
from tests.second_opinion import oracle_entries

TICK = timedelta(microseconds=1)
KEYS = [SubjectKey.parse(text) for text in ("azure/one", "azure/two", "bedrock/three")]
REPLACEMENTS = ["azure/one", "azure/two", "azure/two@1", "azure/one@2", "bedrock/three", "azure/nowhere", "not a key"]
ASKED_SCOPES = [
    *SCOPES,
    Scope.of({"version": "unheard of"}),
    Scope.of({"region": "mars", "version": "1"}),
    Scope.of({"colour": "red"}),
    Scope.of({"colour": "red", "region": "eu"}),
]

replacements = maybe(st.lists(st.sampled_from(REPLACEMENTS), max_size=3).map(tuple))


def about(key: SubjectKey, event: Event, names: Any) -> Event:
    """Make a generated event one about this model."""
    if isinstance(event, PolicyAdopted):
        return event.model_copy(update={"catalog": key.catalog})
    if isinstance(event, RetirementAnnounced):
        return event.model_copy(update={"key": key, "replacements": names})
    return event.model_copy(update={"key": key})


@st.composite
def logs(draw: st.DrawFn, length_max: int = 14) -> list[Event]:
    """Events of several models and of their catalogs' policies, in the order in which they are appended."""
    found: list[Event] = []
    for position in range(1, draw(st.integers(1, length_max)) + 1):
        kinds: list[st.SearchStrategy[Any]] = [announcements, announcements, announcements, listings, transitions, policies]
        if found:
            kinds.append(withdrawals(position))
        event = draw(st.one_of(kinds))
        if isinstance(event, AnnouncementWithdrawn) and event.claim < position:
            claim = found[event.claim - 1]
            key = KEYS[0] if isinstance(claim, PolicyAdopted) else key_of(claim)
        else:
            key = draw(st.sampled_from(KEYS))
        found.append(about(key, event, draw(replacements)))
    return found


def append(ledger: Ledger, *events: Event) -> None:
    """Append events as they are, past all decisions."""

    def work(transaction: Transaction) -> None:
        for event in events:
            stream = stream_of(event)
            transaction.append(stream, [event], after=len(transaction.history(stream)), actor="tester")

    ledger.store.transact(f"appended after {ledger.store.head().position}", work)


def stream_of(event: Event) -> str:
    """Return the stream in which an event is kept."""
    return policy_stream(event.catalog) if isinstance(event, PolicyAdopted) else model_stream(key_of(event))


def key_of(event: Event) -> SubjectKey:
    """Return the model that an event is about."""
    assert isinstance(event, ModelListed | RetirementAnnounced | AnnouncementWithdrawn | StageEntered)
    return event.key


def boundaries(ledger: Ledger) -> tuple[Sequence[datetime], Sequence[datetime]]:
    """Return every instant of valid time and of knowledge at which something may change, one tick before, and one after."""
    bounds = oracle.boundaries(oracle_entries(list(ledger.store.log())))
    return around(bounds["valid"]), around(bounds["known"])


def around(instants: Iterable[str]) -> Sequence[datetime]:
    found = [datetime.fromisoformat(text) for text in instants]
    return sorted({at + step for at in found for step in (-TICK, timedelta(0), TICK)})
