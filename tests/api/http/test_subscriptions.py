"""The directory over HTTP: listings in, subscriptions at any time out, and deployments that a stage forbids refused."""

from typing import Any

import pytest

from domain.commands import AdoptPolicy
from domain.rules.policy import AZURE_SERVERLESS_V1
from tests.api.http.apps import Site

S1, S2 = "sub-1", "sub-2"
MODEL = "azure/mistral-small"
SOURCE = {"name": "mail"}
DATES = {"legacy": {"on": "2025-02-05"}, "deprecated": {"on": "2025-03-15"}, "retired": {"on": "2025-07-01"}}


def role(who: str, held: str = "owner", subscription: str = S1, **more: Any) -> dict[str, Any]:
    return {"subscription": subscription, "principal": {"id": who, "address": f"{who}@example.com"}, "role": held, **more}


def deployment(name: str = "chat", subscription: str = S1) -> dict[str, Any]:
    return {"subscription": subscription, "deployment": name, "model": MODEL, "scope": {"region": "eastus2"}}


def listing(*roles: dict[str, Any], deployments: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    return {"source": "listing", "roles": list(roles), **({"deployments": deployments} if deployments is not None else {}), **more}


@pytest.fixture
def directory(empty: Site) -> Site:
    """A model, the rules, and a subscription with two members and a deployment."""
    empty.post("/v1/models", {"catalog": "azure", "model": "mistral-small", "name": "Mistral Small", "source": SOURCE})
    dates = {**DATES, "replacements": ["azure/mistral-next"], "announced_at": "2025-01-20", "source": SOURCE}
    empty.post(f"/v1/models/{MODEL}/announcements", dates)
    empty.given(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
    empty.post("/v1/directory/imports", listing(role("anna"), role("bob", "Reader"), deployments=[deployment()]))
    return empty


def test_only_what_changed_is_recorded(directory: Site) -> None:
    again = directory.post("/v1/directory/imports", listing(role("anna"), role("cat", "reader"), deployments=[deployment()])).json()
    assert (again["assigned"], again["revoked"], again["created"], again["deleted"]) == (1, 1, 0, 0)
    found = directory.read(f"/v1/subscriptions/{S1}")
    assert [(held["role"], held["kind"]) for held in found["roles"]] == [("owner", "user"), ("reader", "user")]
    assert [(each["deployment"], each["model"], each["scope"]) for each in found["deployments"]] == [("chat", MODEL, {"region": "eastus2"})]


def test_a_listing_sent_again_under_its_key_counts_once(directory: Site) -> None:
    first, second = (directory.post("/v1/directory/imports", listing(role("dan", subscription=S2)), key="same").json() for _ in range(2))
    assert first == second
    assert first["assigned"] == 1
    assert directory.read(f"/v1/subscriptions/{S2}")["version"] == 1


def test_who_somebody_is_stands_in_no_answer(directory: Site) -> None:
    for path in (f"/v1/subscriptions/{S1}", "/v1/subscriptions", "/v1/events"):
        text = directory.get(path).text
        assert "anna" not in text
        assert "example.com" not in text.replace("https://example.", "")


def test_a_subscription_is_told_as_it_was_at_any_time(directory: Site) -> None:
    before = directory.read(f"/v1/subscriptions/{S1}")
    directory.clock.advance(days=1)
    directory.post("/v1/directory/imports", listing(role("anna"), role("cat"), role("dan")))
    then = before["roles"][0]["since"]
    assert directory.read(f"/v1/subscriptions/{S1}", at=then)["roles"] == before["roles"]
    assert directory.read(f"/v1/subscriptions/{S1}", recorded_at=f"@{before['position']}")["roles"] == before["roles"]
    assert len(directory.read(f"/v1/subscriptions/{S1}")["roles"]) == 3
    assert directory.read(f"/v1/subscriptions/{S1}", at="2020-01-01")["roles"] == []


def test_a_listing_that_is_less_than_half_is_refused_unless_forced(directory: Site) -> None:
    empty = listing(subscriptions=[S1])
    refused = directory.post("/v1/directory/imports", empty, 409).json()
    assert (refused["type"], refused["before"], refused["now"]) == ("/problems/snapshot-too-small", 2, 0)
    assert directory.post("/v1/directory/imports", {**empty, "forced": True}).json()["revoked"] == 2


def test_the_whole_directory_empties_what_it_does_not_name(directory: Site) -> None:
    directory.post("/v1/directory/imports", listing(role("dan", subscription=S2)))
    found = directory.post("/v1/directory/imports", listing(role("anna"), role("bob", "reader"), whole=True)).json()
    assert found["revoked"] == 1
    assert directory.read(f"/v1/subscriptions/{S2}")["roles"] == []


@pytest.mark.parametrize(("now", "status"), [("2025-02-02", 201), ("2025-02-10", 201), ("2025-03-15", 409), ("2025-08-01", 409)])
def test_a_deployment_that_the_stage_forbids_is_refused(directory: Site, now: str, status: int) -> None:
    directory.clock.set(now)
    body = {"deployment": "new", "model": MODEL}
    answered = directory.post(f"/v1/subscriptions/{S1}/deployments", body, status).json()
    if status == 409:
        assert answered["type"] == "/problems/deployment-refused"
        assert answered["key"] == MODEL
        assert answered["stage"] in {"deprecated", "retired"}
        assert answered["since"]
        assert answered["replacements"] == ["azure/mistral-next"]
        assert answered["policy_version"] == 1


def test_a_deployment_is_deleted_once_and_its_name_is_free_then(directory: Site) -> None:
    headers = {"Idempotency-Key": "d1"}
    assert directory.client.delete(f"/v1/subscriptions/{S1}/deployments/chat", headers=headers).status_code == 201
    headers = {"Idempotency-Key": "d2"}
    assert directory.client.delete(f"/v1/subscriptions/{S1}/deployments/chat", headers=headers).status_code == 404
    directory.post(f"/v1/subscriptions/{S1}/deployments", {"deployment": "chat", "model": MODEL})
    directory.post(f"/v1/subscriptions/{S1}/deployments", {"deployment": "chat", "model": MODEL}, 409)


def test_a_webhook_is_registered_with_a_secret_that_is_told_once(directory: Site) -> None:
    made = directory.post(f"/v1/subscriptions/{S1}/webhooks", {"url": "https://hooks.example.org/a"}).json()
    assert made["secret"].startswith("whsec_")
    assert directory.read(f"/v1/subscriptions/{S1}")["webhooks"] == [made["webhook"]]
    assert made["secret"] not in directory.get("/v1/events").text
    path = f"/v1/subscriptions/{S1}/webhooks/{made['webhook']}"
    assert directory.client.delete(path, headers={"Idempotency-Key": "w"}).status_code == 201
    assert directory.read(f"/v1/subscriptions/{S1}")["webhooks"] == []
    assert directory.service.office.people.webhook(made["webhook"]) is None


@pytest.mark.parametrize(
    "url", ["http://hooks.example.org/", "https://127.0.0.1/", "https://169.254.169.254/latest", "https://a:b@x.org/", "ftp://x"]
)
def test_a_webhook_into_our_own_network_is_refused(directory: Site, url: str) -> None:
    refused = directory.post(f"/v1/subscriptions/{S1}/webhooks", {"url": url}, 422).json()
    assert refused["type"] == "/problems/address-refused"


def test_a_person_opts_out_and_in(directory: Site) -> None:
    person = directory.read(f"/v1/subscriptions/{S1}")["roles"][0]["principal"]
    assert directory.post(f"/v1/people/{person}/wishes", {"wish": "opt_out"}).json()["positions"]
    assert directory.post(f"/v1/people/{person}/wishes", {"wish": "opt_out"}).json()["positions"] == []
    assert directory.post(f"/v1/people/{person}/wishes", {"wish": "opt_in"}).json()["positions"]
    directory.post("/v1/people/nobody/wishes", {"wish": "opt_out"}, 404)


def test_a_deployment_under_an_announced_schedule_opens_a_run(directory: Site) -> None:
    made = directory.post(f"/v1/subscriptions/{S2}/deployments", {"deployment": "new", "model": MODEL}).json()
    assert made["runs"] == [made["position"]]


def test_subscriptions_come_in_pages(directory: Site) -> None:
    directory.post("/v1/directory/imports", listing(*(role("x", subscription=f"many-{n:02}") for n in range(7))))
    found, path = [], "/v1/subscriptions?limit=3"
    while path:
        page = directory.read(path)
        found += [row["subscription"] for row in page["subscriptions"]]
        path = page["next"]
    assert found == [*(f"many-{n:02}" for n in range(7)), S1]


def test_an_unknown_subscription_is_not_found(directory: Site) -> None:
    assert directory.refused("/v1/subscriptions/nothing", 404)["type"] == "/problems/no-such-subscription"
