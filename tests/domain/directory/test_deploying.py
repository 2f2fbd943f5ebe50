"""New deployments: recorded where the model's stage allows one, by the policy in force, and refused with all that helps."""

import pytest

from domain.commands import AdoptPolicy
from domain.directory.refusals import DeploymentRefused
from domain.ledger import Ledger
from domain.rules.policy import AZURE_SERVERLESS_V1
from domain.stages import Stage
from domain.subjects import SubjectKey
from tests.domain.directory.said import deploy, deployment, snapshot, subscription_snapshot
from tests.ledgers import HandClock, announce, list_model
from tests.spec import KEY, at

STRANGER = SubjectKey.parse("azure/phi-9")
PERMISSIVE = AZURE_SERVERLESS_V1.model_copy(update={"version": 2, "deprecated_forbids": (), "in_force_from": at("2025-04-20")})


@pytest.fixture
def planned(ledger: Ledger) -> Ledger:
    """A ledger with policy and a model: legacy 2025-03-15, deprecated 2025-04-15, retired 2025-08-01."""
    ledger.execute(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
    ledger.execute(list_model())
    ledger.execute(
        announce(legacy="2025-03-15", deprecated="2025-04-15", retired="2025-08-01", replacements=["azure/large-2", "azure/small"])
    )
    return ledger


@pytest.mark.parametrize("now", ["2025-02-01T12:00:00Z", "2025-03-15", "2025-04-14T23:59:59.999999Z"])
def test_a_deployment_is_allowed_until_the_model_is_deprecated(planned: Ledger, clock: HandClock, now: str) -> None:
    clock.set(now)
    assert planned.execute(deploy()).positions == (4,)


@pytest.mark.parametrize(
    ("now", "stage", "since"),
    [
        ("2025-04-15", Stage.DEPRECATED, "2025-04-15"),
        ("2025-07-31T23:59:59.999999Z", Stage.DEPRECATED, "2025-04-15"),
        ("2025-08-01", Stage.RETIRED, "2025-08-01"),
    ],
)
def test_a_deprecated_or_retired_model_takes_none(planned: Ledger, clock: HandClock, now: str, stage: Stage, since: str) -> None:
    clock.set(now)
    with pytest.raises(DeploymentRefused) as refused:
        planned.execute(deploy())
    told = refused.value
    assert (told.key, told.stage, told.since, told.policy_version) == (KEY, stage, at(since), 1)
    assert told.replacements == ("azure/large-2", "azure/small")
    said = f"azure/mistral-large is {stage} since {since}T00:00:00Z, and takes no new deployments."
    assert told.sentence == f"{said} Deploy azure/large-2 or azure/small instead."
    assert planned.store.streams("subscription:") == ()


@pytest.mark.parametrize(("now", "allowed"), [("2025-04-19T23:59:59Z", False), ("2025-04-20", True), ("2025-08-01", False)])
def test_the_policy_in_force_decides_what_deprecated_forbids(planned: Ledger, clock: HandClock, now: str, *, allowed: bool) -> None:
    planned.execute(AdoptPolicy(policy=PERMISSIVE.model_copy(update={"announced_at": at("2025-02-01")})))
    clock.set(now)
    if allowed:
        assert planned.execute(deploy()).positions
        return
    with pytest.raises(DeploymentRefused) as refused:
        planned.execute(deploy())
    assert refused.value.policy_version == (2 if refused.value.stage is Stage.RETIRED else 1)


def test_without_a_policy_deprecated_takes_none_either(ledger: Ledger) -> None:
    ledger.execute(list_model())
    ledger.execute(announce(label=Stage.DEPRECATED, announced_at="2025-01-20"))
    with pytest.raises(DeploymentRefused) as refused:
        ledger.execute(deploy())
    told = refused.value
    assert (told.policy_version, told.since, told.replacements) == (None, at("2025-01-20"), ())
    assert told.sentence == "azure/mistral-large is deprecated since 2025-01-20T00:00:00Z, and takes no new deployments."


def test_a_model_of_which_nothing_is_known_may_be_deployed(planned: Ledger, clock: HandClock) -> None:
    clock.set("2025-09-01")
    assert planned.execute(deploy(deployment(key=STRANGER))).positions == (4,)


def test_a_model_that_is_not_listed_yet_may_be_deployed(ledger: Ledger) -> None:
    ledger.execute(list_model(since="2025-06-01"))
    assert ledger.execute(deploy()).positions == (2,)


def test_the_deployments_own_version_is_judged(planned: Ledger) -> None:
    planned.execute(announce(scope={"version": "1"}, legacy="2024-11-24", deprecated="2024-12-24", retired="2025-08-01"))
    planned.execute(deploy(deployment("new", version="2")))
    with pytest.raises(DeploymentRefused) as refused:
        planned.execute(deploy(deployment("old", version="1")))
    assert (refused.value.stage, refused.value.since) == (Stage.DEPRECATED, at("2024-12-24"))


def test_when_it_was_made_does_not_get_around_the_stage_of_today(planned: Ledger, clock: HandClock) -> None:
    clock.set("2025-05-01")
    with pytest.raises(DeploymentRefused):
        planned.execute(deploy(seen_at="2025-02-02"))


def test_a_snapshot_records_what_is_there_whatever_the_stage(planned: Ledger, clock: HandClock) -> None:
    clock.set("2025-09-01")
    assert planned.execute(snapshot(subscription_snapshot(deployments=[deployment()]))).positions == (4,)
