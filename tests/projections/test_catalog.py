"""The catalog at one point on the three clocks, from one pass over the log."""

import pytest

from domain.commands import AdoptPolicy
from domain.ledger import Asked, Ledger
from domain.refusals import AsksTheFuture
from domain.rules.answers import FindingCode, Status
from domain.rules.policy import AZURE_SERVERLESS_V1
from domain.stages import Stage
from domain.streams import policy_stream
from domain.subjects import SubjectKey
from projections.catalog import CatalogRow, snapshot
from tests.ledgers import HandClock, announce, list_model, withdraw
from tests.spec import KEY, at

GA, LEGACY, RETIRED = Stage.GENERALLY_AVAILABLE, Stage.LEGACY, Stage.RETIRED
SMALL = SubjectKey.parse("azure/mistral-small")
GPT = SubjectKey.parse("azure-openai/gpt-4o")


def rows(ledger: Ledger, catalog: str | None = None, asked: Asked | None = None) -> list[CatalogRow]:
    return list(snapshot(ledger, asked or Asked()).rows(catalog))


def told(found: list[CatalogRow]) -> list[tuple[str, str, Stage | None]]:
    return [(str(row.key), str(row.scope), row.answer.stage) for row in found]


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    ledger.execute(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
    for key in (SMALL, KEY):
        ledger.execute(list_model(key, name=key.model))
    ledger.execute(announce(retired="2025-04-15"))
    for version, label in (("2", LEGACY), ("1", RETIRED)):
        ledger.execute(list_model(GPT, name="GPT-4o", scope={"version": version}))
        ledger.execute(announce(GPT, label=label, scope={"version": version}))
    return ledger


def test_every_model_is_told_and_each_scope_in_which_its_claims_differ(filled: Ledger) -> None:
    assert told(rows(filled)) == [
        ("azure/mistral-large", "", GA),
        ("azure/mistral-small", "", GA),
        ("azure-openai/gpt-4o", "version=1", RETIRED),
        ("azure-openai/gpt-4o", "version=2", LEGACY),
    ]


@pytest.mark.parametrize(("catalog", "count"), [("azure", 2), ("azure-openai", 2), ("az", 0), ("policy", 0)])
def test_one_catalog_alone(filled: Ledger, catalog: str, count: int) -> None:
    assert len(rows(filled, catalog)) == count


def test_a_model_whose_claims_differ_in_part_is_told_as_a_whole_too(filled: Ledger) -> None:
    filled.execute(announce(SMALL, label=LEGACY, scope={"region": "eu"}))
    assert told(rows(filled, "azure"))[1:] == [("azure/mistral-small", "", GA), ("azure/mistral-small", "region=eu", LEGACY)]


def test_every_answer_is_the_one_that_its_own_question_gets(filled: Ledger) -> None:
    asked = Asked(valid_at=at("2025-05-01"), known_at=at("2024-12-01"), recorded_at=5)
    for row in rows(filled, None, asked):
        question, answer = filled.stage(row.key, Asked(row.scope, asked.valid_at, asked.known_at, 5))
        assert (row.answer.status, row.answer.stage, row.answer.schedule) == (answer.status, answer.stage, answer.schedule)
        assert [finding.code for finding in row.answer.findings] == [finding.code for finding in answer.findings]
        assert question.position == 5


def test_what_was_not_recorded_or_known_by_then_is_left_out_or_told_as_not_known(filled: Ledger) -> None:
    assert rows(filled, None, Asked(recorded_at=0)) == []
    assert told(rows(filled, None, Asked(recorded_at=2))) == [("azure/mistral-small", "", GA)]
    early = rows(filled, "azure", Asked(known_at=at("2024-11-21")))
    assert [row.answer.status for row in early] == [Status.NOT_KNOWN, Status.NOT_KNOWN]


def test_a_model_that_is_not_listed_yet_is_told_beside_its_scopes(ledger: Ledger) -> None:
    ledger.execute(list_model(since="2025-06-01"))
    ledger.execute(announce(label=LEGACY, scope={"version": "1"}))
    assert [(str(row.scope), row.answer.status) for row in rows(ledger)] == [("", Status.NOT_LISTED), ("version=1", Status.NOT_LISTED)]


def test_findings_come_with_the_policy_and_with_other_models(filled: Ledger) -> None:
    filled.execute(announce(SMALL, deprecated="2025-04-01", replacements=["azure/nowhere", "azure/mistral-large"]))
    (small,) = (row.answer for row in rows(filled, "azure", Asked(valid_at=at("2025-05-01"))) if row.key == SMALL)
    assert {FindingCode.LEGACY_SKIPPED, FindingCode.REPLACEMENT_UNKNOWN, FindingCode.REPLACEMENT_RETIRED} <= small.finding_codes()


def test_a_snapshot_stays_as_it_is(filled: Ledger, clock: HandClock) -> None:
    before = snapshot(filled, Asked())
    first = told(list(before.rows(None)))
    filled.execute(withdraw(4))
    clock.advance(days=1)
    filled.execute(announce(label=RETIRED, announced_at=None))
    assert told(list(before.rows(None))) == first
    assert before.question.position == filled.store.head().position - 2
    assert before.history(policy_stream("azure"))[0].position == 1
    assert before.history("model:azure/nowhere") == ()


def test_nobody_sees_the_catalog_of_the_future(filled: Ledger) -> None:
    with pytest.raises(AsksTheFuture):
        snapshot(filled, Asked(known_at=at("2030-01-01")))
