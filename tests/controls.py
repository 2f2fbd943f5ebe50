"""One rich example of every event type, by topic: real facts from published pages. Their stored bytes are in `golden/`."""

from datetime import UTC, datetime

from domain.dates import firm, not_before
from domain.events import (
    AnnouncementWithdrawn,
    Basis,
    Event,
    ModelListed,
    PageObserved,
    PolicyAdopted,
    RetirementAnnounced,
    StageEntered,
    WithdrawnBy,
)
from domain.stages import Stage
from domain.subjects import WHOLE, Scope, SubjectKey
from domain.values import Source
from tests.notice_controls import EXAMPLES

MISTRAL_LARGE = SubjectKey.parse("azure/mistral-large")
ADA = SubjectKey.parse("azure-openai/text-embedding-ada-002")
PAGE_SHA256 = "d9f7441d1e2a682082c1066ccfb9e51c75eb888c09439871cf8bb22efa17607e"

PAGE = Source(
    address="https://learn.microsoft.com/azure/machine-learning/concept-model-lifecycle-and-retirement",
    document=PAGE_SHA256,
    name="model-lifecycle-retirement",
    raw=(
        "| Mistral AI | [Mistral-large](https://aka.ms/azureai/landing/Mistral-Large) | December 15, 2024 | January 15, 2025 "
        "| April 15, 2025 | [Mistral-large-2407](https://aka.ms/azureai/landing/Mistral-Large-2407) |"
    ),
    row=5,
)
SCHEDULE = Source(address=None, document=None, name="schedule", raw=None, row=None)
SEEN = datetime(2024, 11, 22, tzinfo=UTC)

_EXAMPLES: tuple[Event, ...] = (
    ModelListed(
        announced_at=SEEN,
        key=MISTRAL_LARGE,
        name="Mistral-large",
        provider="Mistral AI",
        scope=Scope.of({"deployment_type": "serverless"}),
        since=datetime(2024, 2, 26, tzinfo=UTC),
        source=PAGE,
        stage=Stage.GENERALLY_AVAILABLE,
    ),
    RetirementAnnounced(
        announced_at=SEEN,
        deprecated=firm("2025-01-15", raw="January 15, 2025"),
        key=MISTRAL_LARGE,
        label=Stage.GENERALLY_AVAILABLE,
        legacy=firm("2024-12-15", raw="December 15, 2024"),
        notes='The page gives days without a time — "April 15, 2025" is read as 00:00 UTC of that day.',
        replacements=("azure/mistral-large-2407",),
        retired=firm("2025-04-15", raw="April 15, 2025"),
        scope=WHOLE,
        source=PAGE,
    ),
    AnnouncementWithdrawn(
        announced_at=datetime(2024, 12, 3, 9, 30, 0, 250_000, tzinfo=UTC),
        by=WithdrawnBy.RECORDER,
        claim=2,
        key=MISTRAL_LARGE,
        reason="The row was read from the wrong column.",
    ),
    StageEntered(
        announced_at=datetime(2025, 4, 15, tzinfo=UTC),
        basis=Basis.SCHEDULE,
        effective_at=datetime(2025, 4, 15, tzinfo=UTC),
        key=MISTRAL_LARGE,
        scope=WHOLE,
        source=SCHEDULE,
        stage=Stage.RETIRED,
    ),
    PageObserved(
        address=PAGE.address,
        catalog="azure",
        name=PAGE.name,
        returned=(),
        rows=1,
        seen_on="2024-11-22",
        sha256=PAGE_SHA256,
        vanished=("azure-openai/text-embedding-ada-002 version=1",),  # No page at hand lost a row: this one shows the form.
    ),
    PolicyAdopted(
        announced_at=SEEN,
        applies_to="serverless API deployments",
        catalog="azure",
        deprecated_days_min=90,
        deprecated_forbids=("create",),
        in_force_from=SEEN,
        legacy_days_min=30,
        notified_roles=("owner", "contributor", "reader", "monitoring contributor", "monitoring reader"),
        retired_call_returns=None,
        source=Source(address=PAGE.address, document=PAGE_SHA256, name=PAGE.name, raw=None, row=None),
        version=1,
    ),
)

CONTROLS: dict[str, Event] = {event.topic: event for event in (*_EXAMPLES, *EXAMPLES)}

FLOOR = RetirementAnnounced(
    announced_at=datetime(2024, 10, 3, tzinfo=UTC),
    deprecated=None,
    key=ADA,
    label=None,
    legacy=None,
    notes=None,
    replacements=None,
    retired=not_before("2025-04-03"),
    scope=Scope.of({"version": "2"}),
    source=Source(address=None, document=None, name="model-retirements", raw=None, row=None),
)
