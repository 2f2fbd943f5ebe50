"""Bodies of commands as somebody may send them, and the points at which a question may be asked."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from tests.histories import DAYS, SCOPES, TEXTS, maybe
from tests.projections.stage_index.several_models import ASKED_SCOPES

Body = dict[str, Any]

MODELS = ["azure/m", "azure/m-2", "azure-openai/m"]
"""Keys that sort in another order as texts, and of which one begins like another."""
REPLACEMENTS = [*MODELS, "azure/m@1", "azure/nowhere"]
STAGES = ["preview", "generally_available", "legacy", "deprecated", "retired"]

models = st.sampled_from([*MODELS, *MODELS[:1] * 5])
sources = st.sampled_from(["page-a", "page-a", "page-b", "mail"]).map(lambda name: {"name": name})
scopes = st.sampled_from([{}, {}, *(scope.as_dict() for scope in SCOPES)])
asked_scopes = st.sampled_from([{}, {}, *(scope.as_dict() for scope in ASKED_SCOPES)])
announced = st.sampled_from([*DAYS[:4], "2024-11-22", "2025-02-01T09:30:00+02:00", "2025-02-20T00:00:00Z"])
instants = st.one_of(
    st.sampled_from(DAYS).map(lambda day: datetime.fromisoformat(f"{day}T00:00:00+00:00")),
    st.datetimes(datetime(2024, 11, 1), datetime(2025, 7, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # hypothesis adds the zone
)


def date_of(text: str) -> Body:
    """Write a firm date."""
    return {"month": text} if len(text) == len("2025-04") else {"on": text}


dates = st.one_of(
    st.sampled_from(TEXTS).map(date_of),
    st.sampled_from(TEXTS).map(lambda text: {"not_before": text}),
    st.just({"withdrawn": True}),
    st.just({"on": "2025-03-01", "raw": "March 1, 2025"}),
)


@st.composite
def schedules(draw: st.DrawFn) -> Body:
    """Firm dates in their order: what most providers announce."""
    stages = draw(st.lists(st.sampled_from(["legacy", "deprecated", "retired"]), max_size=3, unique=True))
    texts = sorted(draw(st.lists(st.sampled_from(DAYS), min_size=len(stages), max_size=len(stages))))
    ordered = [stage for stage in STAGES if stage in stages]
    return {stage: date_of(text) for stage, text in zip(ordered, texts, strict=True)}


mixed_dates = st.fixed_dictionaries({}, optional={"legacy": dates, "deprecated": dates, "retired": dates})


def bodies(required: Mapping[str, st.SearchStrategy[Any]], optional: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Body]:
    free = {name: found for name, found in {"announced_at": announced, **optional}.items() if name not in required}
    return st.fixed_dictionaries({"source": sources, **required}, optional=free)


listings = bodies(
    {"name": st.sampled_from(["Model M", "M"])},
    {
        "scope": scopes,
        "provider": st.just("Mistral AI"),
        "stage": st.sampled_from(STAGES[:2]),
        "since": maybe(st.sampled_from(DAYS)),
    },
)
announcements = st.builds(
    lambda body, planned: {**body, **planned},
    bodies(
        {},
        {
            "scope": scopes,
            "label": st.sampled_from(STAGES),
            "replacements": st.lists(st.sampled_from(REPLACEMENTS), max_size=2, unique=True),
            "notes": st.sampled_from(["moved", "again"]),
            "on_policy_breach": st.sampled_from(["record", "record", "refuse"]),
        },
    ),
    st.one_of(schedules(), mixed_dates),
)
transitions = bodies({"stage": st.sampled_from(STAGES), "effective_at": st.sampled_from(DAYS)}, {"scope": scopes})
withdrawals = st.fixed_dictionaries(
    {"by": st.sampled_from(["provider", "recorder"]), "reason": st.just("misread")}, optional={"announced_at": announced}
)
policies = bodies(
    {
        "catalog": st.sampled_from(["azure", "azure-openai"]),
        "version": st.integers(1, 4),
        "applies_to": st.just("all models"),
        "in_force_from": st.sampled_from(DAYS),
        "announced_at": announced,
        "legacy_days_min": st.sampled_from([0, 14, 30]),
        "deprecated_days_min": st.sampled_from([0, 60, 90]),
        "notified_roles": st.just(["owner"]),
    },
    {"deprecated_forbids": st.sampled_from([[], ["create"], ["create", "invoke"]])},
)
