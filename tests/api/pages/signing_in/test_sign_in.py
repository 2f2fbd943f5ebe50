"""Signing in by a key: who is asked, what the browser keeps, and when it ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.access.sessions import COOKIE
from api.pages.signing_in.failures import PER_MINUTE
from tests.api.access.guarded import guarded
from tests.api.http.apps import LISTING, site
from tests.api.pages.html import Read
from tests.api.pages.signing_in.browser import HOME, OWN, Browser, cookies


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with guarded(tmp_path) as found:
        found.key("first", "admin")
        yield Browser(found)


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("/", "%2F"),
        ("/?catalog=azure&q=a", "%2F%3Fcatalog%3Dazure%26q%3Da"),
        ("/announce", "%2Fannounce"),
        ("/models/azure/m", "%2Fmodels%2Fazure%2Fm"),
    ],
)
def test_people_who_have_not_signed_in_are_led_there_and_back(browser: Browser, path: str, after: str) -> None:
    answer = browser.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={after}")


def test_programs_are_told_by_a_problem(browser: Browser) -> None:
    answer = browser.get("/", Accept="*/*")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_a_key_lets_in_and_its_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    answer = browser.sign_in("read", after="/compare")
    assert (answer.status_code, answer.headers["location"]) == (303, "/compare")
    value, attributes = cookies(answer)[COOKIE]
    assert attributes == {"httponly", "secure", "samesite=strict", "path=/"}
    assert "lifecycle_" not in value
    page = browser.get("/")
    assert page.status_code == 200
    assert "key:person" in Read(page.text).text
    assert "private" in page.headers["cache-control"]


def test_over_http_on_this_machine_the_cookie_is_kept_too(browser: Browser) -> None:
    form = {"csrf": "", "key": "x"}
    answer = browser.found.site.client.get("http://127.0.0.1/sign-in", headers={"Host": "127.0.0.1"})
    assert form
    assert all("secure" not in attributes for _, attributes in cookies(answer).values())


def test_a_session_is_good_for_pages_alone(browser: Browser) -> None:
    browser.sign_in("admin")
    assert browser.get("/ledger").status_code == 200
    assert browser.get("/v1/models").status_code == 401
    assert browser.get("/metrics").status_code == 401
    written = browser.post("/v1/models", LISTING)
    assert written.status_code == 401


def test_a_wrong_key_is_told_as_such_and_not_shown_again(browser: Browser) -> None:
    csrf = browser.fields("/sign-in")["csrf"]
    for key in ("", "nonsense", "lifecycle_abcdefgh_" + "x" * 43):
        answer = browser.post("/sign-in", {"csrf": csrf, "key": key})
        assert answer.status_code == 422
        assert "not good here" in answer.text
        assert not key or key not in answer.text
        assert COOKIE not in cookies(answer)


def test_whoever_guesses_has_to_wait(browser: Browser) -> None:
    csrf = browser.fields("/sign-in")["csrf"]
    for _ in range(PER_MINUTE):
        assert browser.post("/sign-in", {"csrf": csrf, "key": "guess"}).status_code == 422
    answer = browser.post("/sign-in", {"csrf": csrf, "key": "guess"})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_a_revoked_key_ends_its_sessions_at_once(browser: Browser) -> None:
    browser.sign_in("read")
    assert browser.get("/").status_code == 200
    browser.found.file.revoke("person", browser.found.site.clock())
    assert browser.get("/").status_code == 303
    ended = browser.get("/sign-in")
    assert "Your session has ended" in ended.text
    assert cookies(ended)[COOKIE][0] in {"", '""'}


def test_a_session_ends_after_half_a_day(browser: Browser) -> None:
    browser.sign_in("read")
    browser.found.site.clock.advance(hours=11)
    assert browser.get("/").status_code == 200
    browser.found.site.clock.advance(hours=1)
    assert browser.get("/").status_code == 303


def test_whoever_lacks_a_right_is_told_which(browser: Browser) -> None:
    browser.sign_in("read")
    answer = browser.get("/announce")
    assert answer.status_code == 403
    page = Read(answer.text).text
    assert "You may not see this page" in page
    assert "announce" in page


def test_signing_out_ends_the_session_here(browser: Browser) -> None:
    browser.sign_in("read")
    csrf = browser.fields("/")["csrf"]
    assert browser.post("/sign-out", {"csrf": "other"}).status_code == 403
    assert browser.get("/").status_code == 200
    answer = browser.post("/sign-out", {"csrf": csrf})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert browser.get("/").status_code == 303


FORGED = {
    "another site": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    "another site, which the browser does not name": {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    "a neighbour": {"Sec-Fetch-Site": "same-site", "Origin": "https://other.testserver"},
    "another origin": {"Origin": "https://evil.example"},
    "no browser": {},
}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
def test_a_form_from_elsewhere_does_nothing(browser: Browser, headers: dict[str, str]) -> None:
    token = browser.found.key("person", "read")["Authorization"].removeprefix("Bearer ")
    csrf = browser.fields("/sign-in")["csrf"]
    answer = browser.post("/sign-in", {"csrf": csrf, "key": token}, headers)
    assert answer.status_code == 403
    assert COOKIE not in cookies(answer)


@pytest.mark.parametrize("csrf", ["", "0" * 64, "é"])
def test_a_form_without_its_token_does_nothing(browser: Browser, csrf: str) -> None:
    token = browser.found.key("person", "read")["Authorization"].removeprefix("Bearer ")
    browser.get("/sign-in")
    assert browser.post("/sign-in", {"csrf": csrf, "key": token}).status_code == 403


def test_a_form_of_the_session_before_does_nothing(browser: Browser) -> None:
    browser.sign_in("admin", name="one")
    before = browser.fields("/announce")["csrf"]
    browser.sign_in("admin", name="two")
    assert browser.post("/announce", {"csrf": before}).status_code == 403
    assert browser.post("/announce", {"csrf": browser.fields("/announce")["csrf"]}).status_code == 422


@pytest.mark.parametrize("headers", [OWN, {"Origin": HOME}, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}])
def test_a_form_of_ours_is_taken_whichever_header_says_so(browser: Browser, headers: dict[str, str]) -> None:
    csrf = browser.fields("/sign-in")["csrf"]
    assert browser.post("/sign-in", {"csrf": csrf, "key": "x"}, headers).status_code == 422


@pytest.mark.parametrize(
    "after",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: a=b",
        "evil",
        "",
    ],
)
def test_signing_in_leads_nowhere_else(browser: Browser, after: str) -> None:
    assert browser.sign_in("read", after=after).headers["location"] == "/"


def test_who_comes_by_a_link_of_another_site_first_goes_on_from_here(browser: Browser) -> None:
    answer = browser.get("/sign-in?next=/compare", **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert "/compare" in Read(answer.text).links.values()


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_what_is_no_form_is_refused(browser: Browser, kind: str) -> None:
    answer = browser.found.site.client.post(f"{HOME}/sign-in", content=b"{}", headers={**OWN, "Content-Type": kind})
    assert answer.status_code == 415


def test_where_nobody_is_asked_it_says_so() -> None:
    with site() as found:
        assert "Nobody is asked for a credential here" in found.get("/sign-in").text
        assert "Sign out" not in found.get("/").text
