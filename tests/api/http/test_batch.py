"""Thousands of questions at once: each on its line, in order, all at one position."""

import json
from typing import Any

from api.http.bodies import QUESTIONS_MAX, BatchQuestion
from api.http.routes.batch import LINES_AT_ONCE, _lines
from tests.api.http.apps import MISTRAL, Site, told
from tests.api.http.asgi import ask
from tests.ledgers import announce, list_model

BATCH = "/v1/stages:batch"


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def test_each_question_gets_the_answer_that_it_would_get_alone(mistral: Site) -> None:
    mistral.given(announce(retired="2025-03-01", scope={"version": "2407"}))
    asked = [
        {"model": "azure/mistral-large", "valid_at": "2025-01-20"},
        {"model": "azure/mistral-large@2407", "valid_at": "2025-03-05", "known_at": "2025-01-01"},
        {"model": "azure/mistral-large", "scope": {"version": "2407"}, "valid_at": "2025-03-05", "recorded_at": "@2"},
    ]
    found = lines(mistral.post(BATCH, {"questions": asked}, 200).text)
    first = mistral.read(f"{MISTRAL}/stage", valid_at="2025-01-20")
    second = mistral.read(f"{MISTRAL}@2407/stage", valid_at="2025-03-05", known_at="2025-01-01")
    third = mistral.read(f"{MISTRAL}/stage", scope_version="2407", valid_at="2025-03-05", recorded_at="@2")
    assert found == [first, second, third]


def test_a_question_that_cannot_be_answered_spoils_no_other(mistral: Site) -> None:
    good = {"model": "azure/mistral-large", "valid_at": "2025-01-20"}
    bad: dict[str, dict[str, Any]] = {
        "azure/nothing": {},
        "mistral-large": {},
        "azure/a/b": {},
        "azure/mistral-large@": {},
        "azure/mistral-large@1": {"scope": {"version": "2"}},
        "AZURE/x": {},
        "azure/mistral-large": {"recorded_at": "@3"},
    }
    questions = [question for name, more in bad.items() for question in (good, {"model": name, **more})]
    found = lines(mistral.post(BATCH, {"questions": questions}, 200).text)
    assert [line["stage"] for line in found[::2]] == ["deprecated"] * len(bad)
    assert [line["model"] for line in found[1::2]] == list(bad)
    kinds = [line["problem"]["type"].rpartition("/")[2] for line in found[1::2]]
    assert kinds == ["no-such-model", *["invalid-name"] * 5, "position-ahead"]


def test_ten_thousand_questions_are_answered_in_their_order(mistral: Site) -> None:
    names = ["azure/mistral-large", "azure/none"]
    scopes = [{"version": str(number)} for number in range(QUESTIONS_MAX)]
    questions = [{"model": names[number % 2], "scope": scope} for number, scope in enumerate(scopes)]
    found = lines(mistral.post(BATCH, {"questions": questions}, 200).text)
    assert len(found) == QUESTIONS_MAX
    assert [line["scope"]["version"] for line in found[::2]] == [str(number) for number in range(0, QUESTIONS_MAX, 2)]
    assert {line["problem"]["status"] for line in found[1::2]} == {404}
    assert {line["position"] for line in found[::2]} == {2}


def test_one_question_too_many_is_refused_as_are_none(mistral: Site) -> None:
    question = {"model": "azure/mistral-large"}
    for questions in ([question] * (QUESTIONS_MAX + 1), [], [{**question, "validat": "2025-01-01"}], [{"model": ""}], [question, 1]):
        mistral.post(BATCH, {"questions": questions}, 422)
    mistral.post(BATCH, {"questions": [question], "more": 1}, 422)
    told(mistral.client.post(f"{BATCH}?min_position=1", json={"questions": [question]}), 422)


def test_all_answers_are_of_one_position_though_a_write_comes_in_between(mistral: Site) -> None:
    questions = [BatchQuestion(model="azure/mistral-large")] * LINES_AT_ONCE * 3

    async def answer() -> list[Any]:
        mistral.service.refresh()
        found: list[Any] = []
        async for chunk in _lines(mistral.service, questions, mistral.service.position):
            found += lines(chunk.decode())
            mistral.given(announce(retired="2025-01-16", announced_at="2025-01-20"))
            mistral.service.refresh()
        return found

    found = mistral.client.portal.call(answer) if mistral.client.portal else []
    assert len(found) == len(questions)
    assert {(line["position"], line["stage"]) for line in found} == {(2, "deprecated")}
    assert mistral.read(f"{MISTRAL}/stage")["position"] == 5


def test_the_first_lines_are_sent_before_the_last_are_answered(mistral: Site) -> None:
    mistral.given(list_model(scope={"version": "1"}))
    body = json.dumps({"questions": [{"model": "azure/mistral-large"}] * LINES_AT_ONCE * 2}).encode()
    answer = ask(mistral.app, "POST", BATCH, headers={"content-type": "application/json"}, chunks=[body[:100], body[100:]])
    assert answer.headers["content-type"] == "application/jsonl"
    assert "content-length" not in answer.headers
    assert len(answer.body.splitlines()) == LINES_AT_ONCE * 2
