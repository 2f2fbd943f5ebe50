"""Single changes of the directory over HTTP: roles, webhooks, and what is sent again; people stand in no answer."""

import json
from typing import Any

import pytest
from httpx2 import Response

from api.http.openapi import PATH
from domain.commands import AdoptPolicy
from domain.rules.policy import AZURE_SERVERLESS_V1
from tests.api.http.apps import LISTING, Site, problem, told

S = "/v1/subscriptions/sub-1"
IMPORTS = "/v1/directory/imports"
ANNA = {"id": "anna-id", "name": "Anna Berg", "address": "anna@example.com"}
OWNER = {"subscription": "sub-1", "principal": ANNA, "role": "Owner"}
HOOK = {"url": "https://hooks.example.org/a"}


@pytest.fixture
def directory(empty: Site) -> Site:
    """A subscription with an owner and a deployment of a listed model."""
    empty.post("/v1/models", LISTING)
    empty.given(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
    deployment = {"subscription": "sub-1", "deployment": "account/chat", "model": "azure/mistral-large"}
    empty.post(IMPORTS, {"source": "listing", "roles": [OWNER], "deployments": [deployment]})
    return empty


def delete(found: Site, path: str, status: int = 201, key: str | None = "d", **headers: str) -> Response:
    sent = {**({"Idempotency-Key": key} if key else {}), **headers}
    return told(found.client.delete(path, headers=sent), status)


def roles(found: Site) -> list[Any]:
    held: list[Any] = found.read(S)["roles"]
    return held


def position(found: Site) -> int:
    return int(found.read("/v1/events")["position"])


def test_a_role_is_taken_once_and_given_up_once(directory: Site) -> None:
    body = {"principal": {"id": "bob-id", "address": "bob@example.com"}, "role": "Monitoring  Reader", "via": "group-id"}
    assert directory.post(f"{S}/roles", body).json()["positions"]
    assert directory.post(f"{S}/roles", body).json()["positions"] == []
    (held,) = [role for role in roles(directory) if role["role"] == "monitoring reader"]
    query = f"{S}/roles?principal={held['principal']}&role=monitoring%20reader"
    delete(directory, query, 404, "0")
    delete(directory, f"{query}&via={held['via']}", key="1")
    delete(directory, f"{query}&via={held['via']}", 404, "2")
    assert len(roles(directory)) == 1


def test_what_a_command_does_not_say_of_somebody_stays_known(directory: Site) -> None:
    people = directory.service.office.people
    directory.post(f"{S}/roles", {"principal": {"id": "anna-id"}, "role": "reader"})
    directory.post(IMPORTS, {"source": "listing", "roles": [{**OWNER, "principal": {"id": "anna-id"}}]})
    found = people.find("anna@example.com")
    assert found
    assert people.find("anna-id") == found
    assert people.addresses([found]) == {found: 1}


def test_who_somebody_is_stands_in_no_answer_and_in_no_problem(directory: Site) -> None:
    refused = [
        directory.post(f"{S}/roles", {"principal": ANNA, "role": "anna@example.com"}, 422),
        directory.post(f"{S}/roles", {"principal": {**ANNA, "kind": "anna"}, "role": "owner"}, 422),
        directory.post(f"{S}/roles", {"principal": {**ANNA, "id": "anna\x00@example.com"}, "role": "owner"}, 422),
    ]
    for answer in (directory.get(S), directory.get("/v1/events"), *refused):
        assert "anna" not in answer.text.lower()


@pytest.mark.parametrize("path", [f"{S}/roles?principal=p&role=owner", f"{S}/deployments/account/chat", f"{S}/webhooks/whk-1"])
def test_a_deletion_that_is_unclear_deletes_nothing(directory: Site, path: str) -> None:
    before, also = position(directory), "&" if "?" in path else "?"
    assert problem(delete(directory, f"{path}{also}dry_run=true", 422))["type"] == "/problems/validation"
    assert problem(delete(directory, path, 428, None))["type"] == "/problems/idempotency-key-missing"
    assert position(directory) == before


def test_the_version_that_the_sender_saw_has_to_stand(directory: Site) -> None:
    seen = directory.get(S).headers["etag"]
    stale, fresh = {"If-Match": '"1"'}, {"If-Match": seen}
    body = {"principal": {"id": "bob-id"}, "role": "reader"}
    directory.post(f"{S}/roles", body, 412, headers=stale)
    delete(directory, f"{S}/deployments/account/chat", 412, "a", **stale)
    delete(directory, f"{S}/deployments/account/chat", 201, "b", **fresh)
    directory.post(f"{S}/roles", body, 412, headers=fresh)


def test_a_webhook_sent_again_under_its_key_is_the_same(directory: Site) -> None:
    first, again = (directory.post(f"{S}/webhooks", HOOK, key="once").json() for _ in range(2))
    assert first == {**again, "position": first["position"]}
    assert directory.read(S)["webhooks"] == [first["webhook"]]
    other = directory.post(f"{S}/webhooks", {"url": "https://hooks.example.org/b"}, 422, key="once")
    assert problem(other)["type"] == "/problems/command-key-reused"


def test_a_webhook_is_of_a_subscription_that_is_known(directory: Site) -> None:
    assert problem(directory.post("/v1/subscriptions/sub-l/webhooks", HOOK, 404))["type"] == "/problems/no-such-subscription"
    made = directory.post(f"{S}/webhooks", HOOK).json()["webhook"]
    delete(directory, f"/v1/subscriptions/sub-2/webhooks/{made}", 404)
    assert directory.service.office.people.webhook(made), "it is another's, and stays"


def test_an_import_is_found_under_its_key_which_is_for_it_alone(directory: Site) -> None:
    body = {"source": "listing", "roles": [OWNER, {**OWNER, "principal": {"id": "bob-id"}, "role": "reader"}]}
    done = directory.post(IMPORTS, body, key="import-1").json()
    assert directory.read("/v1/commands/import-1")["written"]["positions"] == [done["position"]]
    directory.post(f"{S}/roles", {"principal": {"id": "cat-id"}, "role": "reader"}, 422, key="import-1")
    directory.post(IMPORTS, {"source": "listing", "roles": [OWNER]}, 422, key="import-1")


def test_an_import_of_everything_counts_the_same_when_it_is_sent_again(directory: Site) -> None:
    directory.post(IMPORTS, {"source": "listing", "roles": [{**OWNER, "subscription": "sub-2"}]})
    body = {"source": "listing", "roles": [OWNER], "whole": True}
    first, again = (directory.post(IMPORTS, body, key="whole").json() for _ in range(2))
    assert (first, first["revoked"]) == (again, 1)


def test_an_import_says_what_it_lists(directory: Site) -> None:
    before = position(directory)
    assert problem(directory.post(IMPORTS, {"source": "listing", "subscriptions": ["sub-1"]}, 422))["type"] == "/problems/validation"
    assert position(directory) == before


def test_a_subscription_is_told_as_it_was_at_every_instant(directory: Site) -> None:
    seen = {}
    for day in range(2, 8):
        directory.clock.set(f"2025-03-0{day}T09:00:00Z")
        directory.post(f"{S}/roles", {"principal": {"id": f"p-{day}"}, "role": "reader"})
        seen[f"2025-03-0{day}T09:00:00Z"] = (position(directory), len(roles(directory)))
    for at, (head, count) in seen.items():
        assert len(directory.read(S, at=at)["roles"]) == count
        assert len(directory.read(S, recorded_at=f"@{head}")["roles"]) == count
        assert len(directory.read(S, at=at.replace("09:", "08:"))["roles"]) == count - 1


def test_whoever_was_erased_has_no_wishes_any_more(directory: Site) -> None:
    person = roles(directory)[0]["principal"]
    directory.service.office.people.erase(person, directory.ledger.now())
    directory.post(f"/v1/people/{person}/wishes", {"wish": "opt_out"}, 404)
    assert roles(directory)[0]["principal"] == person


def test_what_a_refusal_cannot_say_is_not_promised(mistral: Site) -> None:
    promised = json.loads(PATH.read_text(encoding="utf-8"))["components"]["schemas"]["DeploymentRefused"]
    deployment = {"deployment": "chat", "model": "azure/mistral-large"}
    refused = mistral.client.post(f"{S}/deployments", json=deployment, headers={"Idempotency-Key": "k"}).json()
    assert refused["title"] == "Deployment refused"
    assert "policy_version" not in refused, "the catalog has no policy"
    assert set(promised["required"]) <= set(refused)
