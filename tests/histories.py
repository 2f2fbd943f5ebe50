"""Generated histories: several sources, scopes, labels, withdrawals of withdrawals, months, floors, dates out of order."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.dates import AnyDate, firm, no_date, not_before
from domain.events import (
    AnnouncementWithdrawn,
    Basis,
    Event,
    ModelListed,
    PolicyAdopted,
    RetirementAnnounced,
    StageEntered,
    WithdrawnBy,
)
from domain.recorded import Recorded
from domain.rules.policy import AZURE_SERVERLESS_V1
from domain.stages import Stage
from domain.subjects import WHOLE, Scope, SubjectKey
from domain.values import Source

KEY = SubjectKey.parse("azure/mistral-large")
FIRST_RECORDED = datetime(2025, 2, 1, 12, tzinfo=UTC)

DAYS = ["2024-12-15", "2025-01-01", "2025-01-15", "2025-02-01", "2025-02-02", "2025-03-01", "2025-04-15", "2025-05-01"]
TEXTS = [*DAYS, "2024-12", "2025-01", "2025-02", "2025-03", "2025-02-01T09:30:00Z", "2025-03-01T00:00:00.000001Z"]
SCOPES = [
    WHOLE,
    Scope.of({"version": "1"}),
    Scope.of({"version": "2"}),
    Scope.of({"region": "eu"}),
    Scope.of({"region": "eu", "version": "1"}),
]

instants = st.one_of(
    st.sampled_from(DAYS).map(lambda day: datetime.fromisoformat(f"{day}T00:00:00+00:00")),
    st.integers(0, 180).map(lambda days: datetime(2024, 12, 1, 6, tzinfo=UTC) + timedelta(days=days)),
)
scopes = st.sampled_from([WHOLE, WHOLE, *SCOPES])
stages = st.sampled_from(list(Stage))
dates: st.SearchStrategy[AnyDate] = st.one_of(
    st.sampled_from(TEXTS).map(firm), st.sampled_from(TEXTS).map(firm), st.sampled_from(TEXTS).map(not_before), st.just(no_date())
)
sources = st.builds(
    Source,
    address=st.none(),
    document=st.sampled_from([None, "d1", "d2"]),
    name=st.sampled_from(["page-a", "page-a", "page-b", "mail"]),
    raw=st.none(),
    row=st.none(),
)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


announcements = st.builds(
    RetirementAnnounced,
    announced_at=instants,
    deprecated=maybe(dates),
    key=st.just(KEY),
    label=maybe(stages),
    legacy=maybe(dates),
    notes=st.none(),
    replacements=maybe(st.sampled_from([("azure/next",), ("azure/next", "azure/other"), ()])),
    retired=maybe(dates),
    scope=scopes,
    source=sources,
)
listings = st.builds(
    ModelListed,
    announced_at=instants,
    key=st.just(KEY),
    name=st.just("Mistral-large"),
    provider=st.none(),
    scope=scopes,
    since=maybe(instants),
    source=sources,
    stage=st.sampled_from([Stage.PREVIEW, Stage.GENERALLY_AVAILABLE]),
)
transitions = st.builds(
    StageEntered,
    announced_at=instants,
    basis=st.sampled_from([Basis.PROVIDER, Basis.PROVIDER, Basis.PROVIDER, Basis.SCHEDULE]),
    effective_at=instants,
    key=st.just(KEY),
    scope=scopes,
    source=sources,
    stage=stages,
)
policies = st.builds(
    lambda announced_at, in_force_from, version, legacy, deprecated: PolicyAdopted(
        **{
            **dict(AZURE_SERVERLESS_V1),
            "announced_at": announced_at,
            "in_force_from": in_force_from,
            "version": version,
            "legacy_days_min": legacy,
            "deprecated_days_min": deprecated,
        }
    ),
    instants,
    instants,
    st.integers(1, 3),
    st.sampled_from([0, 14, 30]),
    st.sampled_from([0, 60, 90]),
)


def withdrawals(position: int) -> st.SearchStrategy[AnnouncementWithdrawn]:
    """Of any position before, a withdrawal's too; and of one that is not there."""
    return st.builds(
        AnnouncementWithdrawn,
        announced_at=instants,
        by=st.sampled_from(list(WithdrawnBy)),
        claim=st.integers(1, position),
        key=st.just(KEY),
        reason=st.just("misread"),
    )


@st.composite
def histories(draw: st.DrawFn, length_max: int = 9) -> list[Recorded]:
    """A subject's events and its catalog's policies, in the order of their positions."""
    entries: list[Recorded] = []
    for position in range(1, draw(st.integers(1, length_max)) + 1):
        kinds: list[st.SearchStrategy[Any]] = [announcements, announcements, announcements, listings, transitions, policies]
        if entries:
            kinds.append(withdrawals(position))
        entries.append(entry(position, draw(st.one_of(kinds))))
    return entries


def entry(position: int, event: Event) -> Recorded:
    stream = f"policy:{KEY.catalog}" if isinstance(event, PolicyAdopted) else f"model:{KEY}"
    return Recorded(position, stream, position, FIRST_RECORDED + timedelta(days=position), "tester", event)
