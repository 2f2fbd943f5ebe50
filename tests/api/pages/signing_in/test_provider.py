"""Signing in by an identity provider: the code flow, and what is refused on the way back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from httpx2 import Response
from pydantic import SecretStr

from api.access.access_tokens import AccessTokens
from api.access.code_flow import CodeFlow
from api.access.provider import fetch_keys
from api.access.sessions import COOKIE
from api.access.signing_keys import SigningKeys
from tests.api.access.guarded import guarded
from tests.api.access.issuer import Issuer, issuer
from tests.api.pages.html import Read
from tests.api.pages.signing_in.browser import Browser, cookies


@dataclass
class Both:
    """A browser, and the provider that it is sent to."""

    browser: Browser
    issuer: Issuer

    def leave(self, after: str = "/compare") -> str:
        answer = self.browser.get(f"/sign-in/provider?next={after}")
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def come_back(self, brought: dict[str, str]) -> Response:
        query = "&".join(f"{name}={value}" for name, value in brought.items())
        return self.browser.get(f"/sign-in/callback?{query}", **{"Sec-Fetch-Site": "cross-site"})


@pytest.fixture(params=[None, "secret"], ids=["public client", "with a secret"])
def both(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Both]:
    with issuer() as provider:
        secret = SecretStr(request.param) if request.param else None
        settings = provider.settings(client_id="ledger", client_secret=secret)
        keys = SigningKeys(partial(fetch_keys, provider.address))
        with guarded(tmp_path, AccessTokens(settings, keys), CodeFlow(settings, keys)) as found:
            yield Both(Browser(found), provider)


def test_the_page_names_the_provider(both: Both) -> None:
    page = Read(both.browser.get("/sign-in?next=/compare").text)
    assert page.links[f"Sign in with {both.issuer.address}"] == "/sign-in/provider?next=%2Fcompare"


def test_whoever_comes_back_with_a_code_is_in_with_the_rights_of_the_token(both: Both) -> None:
    answer = both.come_back(both.issuer.signed_in(both.leave()))
    assert answer.status_code == 200, answer.text
    assert "/compare" in Read(answer.text).links.values(), "the browser goes on from our own page"
    assert COOKIE in cookies(answer)
    page = both.browser.get("/compare?from=2024-01-01&to=2024-02-01")
    assert page.status_code == 200
    assert both.browser.get("/announce").status_code == 403


def broken(name: str, value: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda brought: {**brought, name: value}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (broken("state", "other"), "not begun in this browser"),
        (broken("code", "stolen"), "does not answer as it should"),
        (broken("code", ""), "gave no code"),
        (broken("code", "c" * 5000), "gave no code"),
        (broken("iss", "https://evil.example"), "another identity provider"),
        (lambda brought: {"state": brought["state"], "error": "access_denied"}, "access denied"),
        (lambda brought: {"state": brought["state"], "error": "<script>"}, "does not say why"),
    ],
)
def test_what_was_not_begun_here_is_refused(both: Both, change: Callable[[dict[str, str]], dict[str, str]], words: str) -> None:
    answer = both.come_back(change(both.issuer.signed_in(both.leave())))
    assert answer.status_code in {403, 503}
    assert words in Read(answer.text).text
    assert COOKIE not in cookies(answer)


@pytest.mark.parametrize(
    "claims", [{"nonce": "other"}, {"nonce": None}, {"aud": "another-client"}, {"iss": "https://evil.example"}, {"exp": 1}]
)
def test_an_id_token_for_something_else_is_refused(both: Both, claims: dict[str, object]) -> None:
    answer = both.come_back(both.issuer.signed_in(both.leave(), **claims))
    assert answer.status_code == 403
    assert COOKIE not in cookies(answer)


def test_a_code_is_good_once_and_in_the_browser_that_began(both: Both) -> None:
    brought = both.issuer.signed_in(both.leave())
    assert COOKIE in cookies(both.come_back(brought))
    again = both.come_back(brought)
    assert again.status_code == 403
    brought = both.issuer.signed_in(both.leave())
    both.browser.found.site.client.cookies.clear()
    assert both.come_back(brought).status_code == 403


def test_whoever_takes_too_long_begins_again(both: Both) -> None:
    brought = both.issuer.signed_in(both.leave())
    both.browser.found.site.clock.advance(minutes=11)
    assert "more than ten minutes" in Read(both.come_back(brought).text).text


def test_a_provider_that_is_down_is_told_and_keys_still_let_in(both: Both) -> None:
    both.issuer.spoiled["/.well-known/openid-configuration"] = (500, {}, b"")
    answer = both.browser.get("/sign-in/provider?next=/")
    assert answer.status_code == 503
    assert both.browser.sign_in("read").status_code == 303


def test_without_a_provider_there_is_no_such_way(tmp_path: Path) -> None:
    with guarded(tmp_path) as found:
        found.key("first", "admin")
        assert Browser(found).get("/sign-in/provider").status_code == 404
