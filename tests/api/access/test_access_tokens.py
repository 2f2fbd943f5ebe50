"""Access tokens of an identity provider: which are taken, in whose name, and why the others are not."""

import asyncio
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

import jwt
import pytest

from api.access import access_tokens
from api.access.access_tokens import AccessTokens, shown_subject
from api.access.errors import CredentialRefused, CredentialUnchecked
from api.access.oidc_settings import OidcSettings, oidc_settings
from api.access.principal import Principal
from api.access.scopes import Grant
from api.http.settings import SettingInvalid
from domain.clock import system_clock
from domain.names import NAME_LENGTH_MAX
from tests.api.access.issuer import DISCOVERY, LEEWAY_SECONDS, Issuer, as_ec_jwk, as_jwk, ec_key, issuer, public_pem, rsa_key

SECRET = "s" * 64


@pytest.fixture(scope="module")
def provider() -> Iterator[Issuer]:
    with issuer() as found:
        found.keys = [
            as_jwk("one"),
            as_ec_jwk("curve"),
            as_jwk("for-encryption", use="enc"),
            {"kty": "oct", "k": "c2VjcmV0", "kid": "oct"},
            {"kty": "?"},
        ]
        yield found


@pytest.fixture(scope="module")
def tokens(provider: Issuer) -> AccessTokens:
    return provider.tokens()


def unsigned(header: dict[str, Any], claims: dict[str, Any], key: bytes | None = None) -> str:
    """A token as an attacker writes it; with a key, signed by it as HS256 is."""
    now = {name: value.timestamp() if hasattr(value, "timestamp") else value for name, value in claims.items()}
    parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, now)]
    signature = urlsafe_b64encode(hmac.digest(key, b".".join(parts), sha256)).rstrip(b"=") if key else b""
    return b".".join([*parts, signature]).decode()


def test_a_token_is_who_it_was_issued_to_with_the_scopes_that_are_ours(provider: Issuer, tokens: AccessTokens) -> None:
    found = asyncio.run(tokens.principal(provider.token(scope="openid read announce:azure profile")))
    assert found.actor == f"oidc:{provider.address}#svc-1"
    assert found.grants == {Grant.parse("read"), Grant.parse("announce:azure")}
    assert found.is_good()


@pytest.mark.parametrize("claim", ["read notices", ["read", "notices", 7], None, 7, {"read": True}])
def test_scopes_are_read_from_the_claim_that_is_set(provider: Issuer, claim: Any) -> None:
    found = asyncio.run(provider.tokens(scopes_claim="roles").principal(provider.token(scope="admin", roles=claim)))
    assert {str(grant) for grant in found.grants} == ({"read", "notices"} if isinstance(claim, str | list) else set())


GOOD: dict[str, Callable[[Issuer], str]] = {
    "several audiences": lambda p: p.token(aud=["other", "api://lifecycle-ledger"]),
    "expired within the leeway": lambda p: p.token(age_seconds=300 + LEEWAY_SECONDS - 10),
    "issued ahead within the leeway": lambda p: p.token(age_seconds=-(LEEWAY_SECONDS - 10)),
    "elliptic curve": lambda p: jwt.encode(p.claims(), ec_key("curve"), "ES256", headers={"kid": "curve"}),
}
BAD: dict[str, tuple[Callable[[Issuer], str], str]] = {
    "expired": (lambda p: p.token(age_seconds=300 + LEEWAY_SECONDS + 10), "has expired"),
    "not yet": (lambda p: p.token(nbf=p.claims(age_seconds=-LEEWAY_SECONDS - 10)["iat"]), "is not good yet"),
    "issued in the future": (lambda p: p.token(age_seconds=-LEEWAY_SECONDS - 10), "is not good yet"),
    "another audience": (lambda p: p.token(aud="another"), "audience"),
    "no audience": (lambda p: p.token(aud=None), "lacks one of the claims"),
    "another issuer": (lambda p: p.token(iss="https://login.example.com"), "another issuer"),
    "an issuer that begins alike": (lambda p: p.token(iss=f"{p.address}/"), "another issuer"),
    "no issuer": (lambda p: p.token(iss=None), "lacks one of the claims"),
    "no end": (lambda p: p.token(exp=None), "lacks one of the claims"),
    "no subject": (lambda p: p.token(sub=None), "lacks one of the claims"),
    "an end that is no number": (lambda p: p.token(exp="tomorrow"), "cannot be read"),
    "a subject that is no text": (lambda p: unsigned({"alg": "RS256", "kid": "one"}, p.claims(sub=7)), "does not fit"),
    "an unsigned one": (lambda p: unsigned({"alg": "none", "kid": "one"}, p.claims()), "algorithm"),
    "an unsigned one in capitals": (lambda p: unsigned({"alg": "NONE", "kid": "one"}, p.claims()), "algorithm"),
    "no algorithm": (lambda p: unsigned({"kid": "one"}, p.claims()), "algorithm"),
    "the public key as a secret": (lambda p: unsigned({"alg": "HS256", "kid": "one"}, p.claims(), public_pem("one")), "algorithm"),
    "a shared secret of its own": (lambda p: jwt.encode(p.claims(), SECRET, "HS256", headers={"kid": "oct"}), "algorithm"),
    "signed as another algorithm": (lambda p: jwt.encode(p.claims(), rsa_key("one"), "RS512", headers={"kid": "one"}), "algorithm"),
    "signed by another key": (lambda p: p.token(key="two", kid="one"), "does not fit"),
    "an unknown key": (lambda p: p.token(key="two"), "no key of the identity provider"),
    "a key for another use": (lambda p: p.token(key="for-encryption"), "no key of the identity provider"),
    "no key named among several": (lambda p: p.token(kid=None), "no key of the identity provider"),
    "a key of its own in the header": (lambda p: p.token(key="two", headers={"jwk": as_jwk("two")}), "no key of the identity provider"),
    "cut": (lambda p: p.token().rpartition(".")[0], "cannot be read"),
    "with claims of another": (
        lambda p: ".".join([p.token().split(".")[0], p.token(sub="x").split(".")[1], p.token().split(".")[2]]),
        "does not fit",
    ),
    "no token": (lambda _: "a.b.c", "cannot be read"),
    "empty": (lambda _: "", "cannot be read"),
    "too long": (lambda p: p.token(scope="read " * 4000), "too long"),
    "brackets": (lambda _: urlsafe_b64encode(b"[" * 3000).decode() + ".e30.", "cannot be read"),
}


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_a_good_token_is_taken(provider: Issuer, tokens: AccessTokens, make: Callable[[Issuer], str]) -> None:
    assert asyncio.run(tokens.principal(make(provider))).actor.endswith("#svc-1")


@pytest.mark.parametrize(("make", "reason"), BAD.values(), ids=BAD)
def test_another_token_is_refused_with_the_reason(
    provider: Issuer, tokens: AccessTokens, make: Callable[[Issuer], str], reason: str
) -> None:
    token = make(provider)
    with pytest.raises(CredentialRefused) as told:
        asyncio.run(tokens.principal(token))
    assert reason in told.value.sentence
    assert not any(len(part) > 1 and part in told.value.sentence for part in token.split("."))


class Counting(AccessTokens):
    """Counts how often a token is looked at in earnest."""

    looked = 0

    async def _looked_at(self, token: str) -> Principal:
        self.looked += 1
        return await super()._looked_at(token)


def test_a_token_is_looked_at_again_after_a_while(provider: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(access_tokens, "monotonic", lambda: now[0])
    monkeypatch.setattr(access_tokens, "REMEMBERED_MAX", 2)
    tokens, token = Counting(provider.settings()), provider.token()
    for step, looked in ((0.0, 1), (4.9, 1), (0.2, 2), (0.0, 2)):
        now[0] += step
        asyncio.run(tokens.principal(token))
        assert tokens.looked == looked
    for number in range(4):
        asyncio.run(tokens.principal(provider.token(sub=f"svc-{number}")))
    assert len(tokens._remembered) <= 2


def test_a_token_is_looked_at_again_at_its_end(provider: Issuer) -> None:
    now = [system_clock()]
    tokens, token = Counting(provider.settings(), clock=lambda: now[0]), provider.token()
    for step, looked in ((0, 1), (290, 1), (100, 2)):
        now[0] += timedelta(seconds=step)
        asyncio.run(tokens.principal(token))
        assert tokens.looked == looked


def test_a_token_is_good_until_its_end() -> None:
    with issuer() as provider:
        now = provider.claims()["iat"]
        instants = iter([now, provider.claims()["exp"]])
        found = asyncio.run(AccessTokens(provider.settings(), clock=lambda: next(instants)).principal(provider.token(exp=now)))
        assert found.is_good()
        assert not found.is_good()


@pytest.mark.parametrize("subject", ["ada@example.com", "a\u200bb", " padded ", "", "x" * 65, "a\nb"])
def test_a_subject_that_entries_must_not_or_cannot_bear_is_told_by_its_digest(subject: str) -> None:
    shown = shown_subject(subject)
    assert shown == f"sha256-{sha256(subject.encode()).hexdigest()}"
    longest = f"oidc:{'x' * 120}#{shown}"
    assert len(longest) <= NAME_LENGTH_MAX


SPOILED: dict[str, tuple[str, tuple[int, dict[str, str], bytes]]] = {
    "another issuer": (DISCOVERY, (200, {}, b'{"issuer": "https://login.example.com", "jwks_uri": "http://127.0.0.1/keys"}')),
    "no keys' address": (DISCOVERY, (200, {}, b"{}")),
    "a list": (DISCOVERY, (200, {}, b"[]")),
    "no JSON": (DISCOVERY, (200, {}, b"<html>")),
    "brackets": (DISCOVERY, (200, {}, b"[" * 100_000)),
    "too long": ("/keys", (200, {}, b" " * 2**19)),
    "a redirect": ("/keys", (302, {"Location": "http://127.0.0.1:9/keys"}, b"")),
    "a failure": ("/keys", (500, {}, b"")),
    "no list of keys": ("/keys", (200, {}, b'{"keys": {}}')),
    "no key": ("/keys", (200, {}, b'{"keys": []}')),
    "only keys that cannot check": ("/keys", (200, {}, b'{"keys": [{"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}, 7]}')),
    "an answer that is cut": ("/keys", (200, {"Content-Length": "1000"}, b"{")),
}


@pytest.mark.parametrize(("path", "answer"), SPOILED.values(), ids=SPOILED)
def test_a_provider_that_does_not_answer_well_lets_nobody_in(path: str, answer: tuple[int, dict[str, str], bytes]) -> None:
    with issuer() as provider:
        provider.spoiled[path] = answer
        with pytest.raises(CredentialUnchecked):
            asyncio.run(provider.tokens().principal(provider.token()))
        assert set(provider.asked) <= {DISCOVERY, "/keys"}


@pytest.mark.parametrize("address", ["http://login.example.com/keys", "file:///etc/passwd", "https://user:pass@login.example.com/keys"])
def test_keys_are_fetched_from_no_address_that_could_be_forged(address: str) -> None:
    with issuer() as provider:
        provider.spoiled[DISCOVERY] = (200, {}, json.dumps({"issuer": provider.address, "jwks_uri": address}).encode())
        with pytest.raises(CredentialUnchecked):
            asyncio.run(provider.tokens().principal(provider.token()))


def test_a_provider_that_is_not_there_is_told_as_that() -> None:
    settings = OidcSettings(issuer="http://127.0.0.1:9", audience="a")
    with issuer() as provider, pytest.raises(CredentialUnchecked):
        asyncio.run(AccessTokens(settings).principal(provider.token()))


class TestSettings:
    def test_without_an_issuer_there_are_no_access_tokens(self) -> None:
        assert oidc_settings().issuer is None

    def test_they_are_read_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in {
            "ISSUER": "https://login.example.com/t",
            "AUDIENCE": "api",
            "SCOPES_CLAIM": "scp",
            "LEEWAY_SECONDS": "5",
        }.items():
            monkeypatch.setenv(f"LIFECYCLE_OIDC_{name}", value)
        found = oidc_settings()
        assert (found.issuer, found.audience, found.scopes_claim, found.leeway_seconds) == ("https://login.example.com/t", "api", "scp", 5)

    @pytest.mark.parametrize(
        ("values", "variable"),
        [
            ({"ISSUER": "https://login.example.com"}, "AUDIENCE"),
            ({"AUDIENCE": "api"}, "AUDIENCE"),
            ({"ISSUER": "http://login.example.com", "AUDIENCE": "api"}, "ISSUER"),
            ({"ISSUER": "login.example.com", "AUDIENCE": "api"}, "ISSUER"),
            ({"ISSUER": "https://login.example.com", "AUDIENCE": ""}, "AUDIENCE"),
            ({"LEEWAY_SECONDS": "-1"}, "LEEWAY_SECONDS"),
            ({"LEEWAY_SECONDS": "86400"}, "LEEWAY_SECONDS"),
        ],
    )
    def test_what_cannot_be_is_told_with_its_variable(self, monkeypatch: pytest.MonkeyPatch, values: dict[str, str], variable: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"LIFECYCLE_OIDC_{name}", value)
        with pytest.raises(SettingInvalid) as told:
            oidc_settings()
        assert told.value.sentence.startswith(f"LIFECYCLE_OIDC_{variable} cannot be ")
