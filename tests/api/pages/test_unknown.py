"""Addresses that are none."""

from collections.abc import Iterator

import pytest

from tests.api.http.apps import Site, site

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def still() -> Iterator[Site]:
    with site() as found:
        yield found


@pytest.mark.parametrize(
    ("path", "headers", "kind"),
    [
        ("/modles", BROWSER, "text/html; charset=utf-8"),
        ("/models/azure", BROWSER, "text/html; charset=utf-8"),
        ("/modles", {"Accept": "*/*"}, "application/problem+json"),
        ("/v1/modles", BROWSER, "application/problem+json"),
    ],
)
def test_people_get_a_page_and_programs_a_problem(still: Site, path: str, headers: dict[str, str], kind: str) -> None:
    answer = still.client.get(path, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (404, kind)


def test_a_method_that_is_none_there_stays_a_problem(still: Site) -> None:
    answer = still.client.post("/ledger", headers=BROWSER)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
