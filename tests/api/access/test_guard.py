"""The service with credentials, asked over HTTP: who gets in, in whose name entries stand, and what each may see of the log."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.access.guard import Guard
from api.access.streams import readable
from api.http.routes import stream
from domain.commands import AdoptPolicy
from domain.rules.policy import AZURE_SERVERLESS_V1
from tests.api.access.guarded import Guarded, guarded
from tests.api.access.issuer import Issuer, as_jwk, issuer
from tests.api.http.apps import ANNOUNCEMENT, LISTING, MISTRAL, problem
from tests.api.http.asgi import ask

DEPLOYED = {"subscription": "sub-1", "deployment": "chat", "model": "azure/mistral-large"}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Guarded]:
    with guarded(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The worked example, with a subscription whose people had to be told."""
    with guarded(tmp_path_factory.mktemp("told")) as found:
        admin = found.key("admin", "admin")
        found.site.post("/v1/models", {**LISTING, "provider": "Mistral AI"}, headers=admin)
        found.site.given(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
        found.site.post("/v1/directory/imports", {"source": "listing", "deployments": [DEPLOYED]}, headers=admin)
        found.site.post(
            f"{MISTRAL}/announcements", {**ANNOUNCEMENT, "announced_at": "2025-02-01", "on_policy_breach": "record"}, headers=admin
        )
        found.site.service.end()
        yield found


class TestEntrance:
    def test_before_there_is_a_key_nobody_is_asked(self, service: Guarded) -> None:
        service.site.get("/v1/models")
        reader = service.key("reader", "read")
        assert service.site.client.get("/v1/models").status_code == 401
        service.site.get("/v1/models", headers=reader)

    def test_after_the_last_key_is_revoked_nobody_gets_in(self, service: Guarded) -> None:
        reader = service.key("reader", "read")
        service.site.get("/v1/models", headers=reader)
        service.file.revoke("reader", service.site.clock())
        for headers in (reader, {}):
            assert problem(service.site.client.get("/v1/models", headers=headers))["status"] == 401

    def test_a_key_is_taken_in_either_header_and_not_in_both(self, service: Guarded) -> None:
        bearer = service.key("reader", "read")
        token = bearer["Authorization"].removeprefix("Bearer ")
        for headers in (bearer, {"X-API-Key": token}, {"authorization": f"bearer  {token} "}):
            service.site.get("/v1/models", headers=headers)
        for headers in ({**bearer, "X-API-Key": token}, {"Authorization": f"Basic {token}"}, {"Authorization": token}, {"X-API-Key": ""}):
            answered = service.site.client.get("/v1/models", headers=headers)
            assert answered.status_code == 401
            assert token not in answered.text + str(answered.headers)

    def test_what_is_refused_is_asked_for_by_its_scheme(self, service: Guarded) -> None:
        service.key("reader", "read")
        answered = service.site.client.get("/v1/models", headers={"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."})
        assert answered.headers["www-authenticate"] == 'Bearer realm="lifecycle-ledger"'
        assert "Access tokens are not taken here." in problem(answered)["detail"]
        service.site.get(answered.json()["type"])

    def test_what_is_missing_is_named(self, service: Guarded) -> None:
        answered = service.site.client.get("/v1/notices", headers=service.key("reader", "read"))
        assert problem(answered)["scopes"] == ["notices"]
        assert 'error="insufficient_scope", scope="notices"' in answered.headers["www-authenticate"]

    def test_a_file_of_keys_that_cannot_be_read_lets_nobody_in(self, service: Guarded) -> None:
        reader = service.key("reader", "read")
        service.file._connection.execute("UPDATE keys SET scopes = 'everything'")
        for headers in (reader, {}):
            answered = service.site.client.get("/v1/models", headers=headers)
            assert problem(answered)["type"] == "/problems/credential-not-checked"
            assert answered.headers["retry-after"] == "1"
            assert "ledger.access.db" not in answered.text
        service.site.get("/healthz")

    def test_a_path_that_is_none_asks_too(self, service: Guarded) -> None:
        reader = service.key("reader", "read")
        assert service.site.client.get("/nothing").status_code == 401
        assert service.site.client.get("/nothing", headers=reader).status_code == 404
        assert service.site.client.request("PATCH", "/v1/models", headers=reader).status_code == 405

    def test_access_by_status_alone_asks_too(self, service: Guarded) -> None:
        admin, path = service.key("admin", "admin"), f"{MISTRAL}/access?operation=invoke&check=true"
        service.site.post("/v1/models", LISTING, headers=admin)
        assert service.site.client.get(path).status_code == 401
        assert service.site.client.get(path, headers=service.key("writer", "announce")).status_code == 403
        assert service.site.client.get(path, headers=service.key("reader", "read")).status_code == 204

    def test_head_asks_as_get_does(self, service: Guarded) -> None:
        reader = service.key("reader", "read")
        assert service.site.client.head("/v1/models").status_code == 401
        assert service.site.client.head("/v1/models", headers=reader).status_code == 200

    def test_refusals_are_counted_under_their_route(self, service: Guarded) -> None:
        reader = service.key("reader", "read")
        service.site.client.get("/v1/notices", headers=reader)
        counted = service.site.get("/metrics", headers=reader).text
        assert re.search(r'http_requests_total\{handler="/v1/notices",method="GET",status="403"\} 1\.0', counted)

    def test_no_cache_between_keeps_an_answer_for_others(self, service: Guarded) -> None:
        admin = service.key("admin", "admin")
        service.site.post("/v1/models", LISTING, headers=admin)
        kept = service.site.get("/v1/events/1", headers=admin).headers["cache-control"]
        assert kept == "private, max-age=31536000, immutable"

    def test_the_sender_is_known_to_the_layers_within(self) -> None:
        seen: list[Any] = []

        async def within(scope: Any, receive: Any, send: Any) -> None:
            del receive
            seen.append(scope["state"].get("principal"))
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        assert ask(Guard(within, None), "GET", "/v1/models").status == 204
        assert seen == [None]


class TestNames:
    def test_an_entry_bears_the_name_of_who_sent_it(self, service: Guarded) -> None:
        headers = service.key("mistral-feed", "announce", "directory", "admin")
        service.site.post("/v1/models", LISTING, headers=headers)
        service.site.post(f"{MISTRAL}/announcements", ANNOUNCEMENT, headers=headers)
        service.site.post("/v1/directory/imports", {"source": "listing", "deployments": [DEPLOYED]}, headers=headers)
        service.site.given(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
        actors = [entry.actor for entry in service.site.ledger.store.log()]
        assert actors == ["key:mistral-feed"] * (len(actors) - 1) + ["tester"]
        assert len(actors) >= 4

    def test_while_nobody_is_asked_it_bears_the_name_that_is_set(self, service: Guarded) -> None:
        service.site.post("/v1/models", LISTING)
        assert [entry.actor for entry in service.site.ledger.store.log()] == ["tester"]

    def test_senders_at_the_same_time_are_not_mixed_up(self, service: Guarded) -> None:
        keys = [service.key(f"feed-{number}", "announce") for number in range(4)]

        async def send(number: int) -> None:
            body = json.dumps({**LISTING, "model": f"model-{number}", "name": f"Model {number}"}).encode()
            sent = {"content-type": "application/json", "idempotency-key": f"k{number}", **keys[number % 4]}
            done = asyncio.to_thread(ask, service.site.app, "POST", "/v1/models", headers=sent, chunks=[body])
            assert (await done).status == 201

        async def all_of_them() -> None:
            for headers in keys:  # So that each token is known, and nothing is left to wait for.
                await asyncio.to_thread(ask, service.site.app, "GET", "/v1/commands/x", headers=headers)
            await asyncio.gather(*map(send, range(16)))

        asyncio.run(all_of_them())
        found = {entry.stream: entry.actor for entry in service.site.ledger.store.log()}
        assert found == {f"model:azure/model-{number}": f"key:feed-{number % 4}" for number in range(16)}


class TestLimits:
    @pytest.mark.parametrize(
        ("scope", "catalog", "provider", "status"),
        [
            ("announce:azure", "azure", None, 201),
            ("announce:azure", "bedrock", None, 403),
            ("announce:*:mistral-ai", "bedrock", "Mistral AI", 201),
            ("announce:*:mistral-ai", "azure", "OpenAI", 403),
            ("announce:*:mistral-ai", "azure", None, 403),
            ("announce:azure:mistral-ai", "azure", "mistral AI", 201),
        ],
    )
    def test_a_listing_within_them(self, service: Guarded, scope: str, catalog: str, provider: str | None, status: int) -> None:
        headers = service.key("feed", scope)
        for dry_run in ("?dry_run=true", ""):
            body = {**LISTING, "catalog": catalog, "provider": provider}
            answered = service.site.client.post(f"/v1/models{dry_run}", json=body, headers={**headers, "Idempotency-Key": "k1"})
            assert answered.status_code == (status if not dry_run or status == 403 else 200)
            if status == 403:
                assert problem(answered)["type"] == "/problems/beyond-limits"
        assert bool(service.site.ledger.models()) == (status == 201)

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("announcements", {"retired": {"on": "2026-12-01"}, "source": {"name": "mail"}}),
            ("transitions", {"stage": "legacy", "effective_at": "2025-01-01", "source": {"name": "mail"}}),
            ("withdrawals", {"claim": 1, "by": "recorder", "reason": "misread"}),
        ],
    )
    def test_another_providers_model_cannot_be_announced_about(self, service: Guarded, path: str, body: dict[str, Any]) -> None:
        admin = service.key("admin", "admin")
        service.site.post("/v1/models", {**LISTING, "provider": "Mistral AI"}, headers=admin)
        for scope, status in (("announce:azure:openai", 403), ("announce:bedrock", 403), ("announce:azure:mistral-ai", 201)):
            service.site.post(f"{MISTRAL}/{path}", body, status, headers=service.key(f"{scope.replace(':', '-')}", scope))

    def test_another_providers_model_cannot_be_taken_over_by_listing_a_part_of_it(self, service: Guarded) -> None:
        service.site.post("/v1/models", {**LISTING, "provider": "OpenAI"}, headers=service.key("admin", "admin"))
        feed = service.key("feed", "announce:azure:mistral-ai")
        part = {**LISTING, "provider": "Mistral AI", "scope": {"version": "2"}}
        service.site.post("/v1/models", part, 403, headers=feed)
        service.site.post(f"{MISTRAL}/announcements", ANNOUNCEMENT, 403, headers=feed)

    def test_a_model_that_is_not_there_is_nobodys(self, service: Guarded) -> None:
        service.site.post(f"{MISTRAL}/announcements", ANNOUNCEMENT, 403, headers=service.key("feed", "announce:*:mistral-ai"))
        service.site.post(f"{MISTRAL}/announcements", ANNOUNCEMENT, 404, headers=service.key("catalog", "announce:azure"))


class TestLog:
    @pytest.mark.parametrize(
        ("scopes", "kinds"),
        [
            (["read"], {"model", "policy"}),
            (["directory"], {"subscription"}),
            (["notices"], {"subscription", "notice"}),
            (["read", "directory"], {"model", "policy", "subscription"}),
            (["read", "notices"], {"model", "policy", "subscription", "notice"}),
            (["admin"], {"model", "policy", "subscription", "notice"}),
        ],
    )
    def test_each_sees_the_entries_that_are_for_it(self, told: Guarded, scopes: list[str], kinds: set[str]) -> None:
        headers = told.key(f"log-{'-'.join(scopes)}", *scopes)
        found: list[Any] = []
        page = told.site.get("/v1/events", headers=headers, limit=1).json()
        while True:
            found += page["events"]
            if page["next"] is None:
                break
            page = told.site.get(page["next"], headers=headers).json()
        assert {event["subject"].partition(":")[0] for event in found} == kinds
        positions = [int(event["id"]) for event in found]
        expected = [entry.position for entry in told.site.ledger.store.log() if entry.stream.partition(":")[0] in kinds]
        assert positions == expected
        sender = asyncio.run(told.ring.principal(headers["Authorization"].removeprefix("Bearer ")))
        followed = stream._window(told.site.service, 0, told.site.ledger.store.head().position, readable(sender)).content.decode()
        assert [int(number) for number in re.findall(r"^id: (\d+)", followed, re.MULTILINE)] == expected
        for entry in told.site.ledger.store.log():
            told.site.get(f"/v1/events/{entry.position}", 200 if entry.stream.partition(":")[0] in kinds else 403, headers=headers)

    @pytest.mark.parametrize("prefix", ["notice:", "notice:azure/mistral-large:1", "n", "subscription:sub-1", "person:x"])
    def test_a_reader_asks_in_vain_for_what_is_personal(self, told: Guarded, prefix: str) -> None:
        headers = told.key(f"reader-{prefix.translate({58: 45, 47: 45})}", "read")
        for path in ("/v1/events", "/v1/events/stream"):
            assert problem(told.site.get(path, 403, headers=headers, stream=prefix))["type"] == "/problems/scope-insufficient"

    def test_a_part_of_a_name_leads_to_what_is_allowed_alone(self, told: Guarded) -> None:
        headers = told.key("reader-p", "read")
        events = told.site.get("/v1/events", headers=headers, stream="p").json()["events"]
        assert {event["subject"] for event in events} == {"policy:azure"}
        assert told.site.get("/v1/events", headers=headers, stream="model:azure/mistral-large").json()["events"]


class TestAccessTokens:
    @pytest.fixture
    def provider(self) -> Iterator[Issuer]:
        with issuer() as found:
            yield found

    def test_they_are_taken_beside_keys(self, tmp_path: Path, provider: Issuer) -> None:
        with guarded(tmp_path, provider.tokens()) as service:
            sent = {"Authorization": f"Bearer {provider.token(scope='announce:azure')}"}
            service.site.post("/v1/models", LISTING, headers=sent)
            assert [entry.actor for entry in service.site.ledger.store.log()] == [f"oidc:{provider.address}#svc-1"]
            assert service.site.client.get("/v1/models").status_code == 401
            service.site.get("/v1/models", headers=service.key("reader", "read"))

    def test_a_token_without_our_scopes_may_do_nothing(self, tmp_path: Path, provider: Issuer) -> None:
        with guarded(tmp_path, provider.tokens()) as service:
            sent = {"Authorization": f"Bearer {provider.token(scope='openid profile')}"}
            assert service.site.client.get("/v1/models", headers=sent).status_code == 403

    def test_a_rotated_key_is_followed(self, tmp_path: Path, provider: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("api.access.signing_keys.PAUSE_SECONDS", 0.0)
        monkeypatch.setattr("api.access.access_tokens.REMEMBERED_SECONDS", 0.0)
        with guarded(tmp_path, provider.tokens()) as service:
            one, two = ({"Authorization": f"Bearer {provider.token(key=name)}"} for name in ("one", "two"))
            service.site.get("/v1/models", headers=one)
            assert service.site.client.get("/v1/models", headers=two).status_code == 401
            provider.keys = [as_jwk("two")]
            service.site.get("/v1/models", headers=two)
            assert service.site.client.get("/v1/models", headers=one).status_code == 401

    def test_a_silent_provider_is_told_as_that_and_keys_go_on(self, tmp_path: Path, provider: Issuer) -> None:
        provider.spoiled["/keys"] = (500, {}, b"")
        with guarded(tmp_path, provider.tokens()) as service:
            reader = service.key("reader", "read")
            answered = service.site.client.get("/v1/models", headers={"Authorization": f"Bearer {provider.token()}"})
            assert problem(answered)["type"] == "/problems/credential-not-checked"
            service.site.get("/v1/models", headers=reader)
