"""The page behind the link of a notice: a button acknowledges, once; looking at it acknowledges nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from api.notices.links import PURPOSE, VALID_DAYS, Links
from domain.clock import system_clock
from tests.api.http.apps import Site
from tests.api.http.told import ANN, audience_recorded


def page(site: Site, recipient: int = 1, run: int | None = None) -> str:
    run = audience_recorded(site) if run is None else run
    return f"/notices/acknowledge/{site.service.office.links.token(run, recipient)}"


def acknowledged(site: Site) -> Any:
    return site.read("/v1/notices/audit", person=ANN)["rows"][0]["acknowledged_at"]


def test_whatever_only_looks_at_it_acknowledges_nothing(empty: Site) -> None:
    path = page(empty)
    for look in (empty.client.get, empty.client.head, empty.client.get):
        assert look(path).status_code == 200
    assert acknowledged(empty) is None
    shown = empty.client.get(path)
    assert "Mistral-large: deprecated on 2025-04-15" in shown.text
    assert "azure/mistral-large" in shown.text
    assert "notification run 6" in shown.text
    assert '<form method="post"><button' in shown.text


def test_the_button_acknowledges_once_and_says_so_again(empty: Site) -> None:
    path = page(empty)
    assert "It is recorded" in empty.client.post(path).text
    first, head = acknowledged(empty), empty.ledger.store.head().position
    empty.clock.advance(days=1)
    assert "It was recorded before" in empty.client.post(path).text
    assert first.startswith("2025-02-01")
    assert (acknowledged(empty), empty.ledger.store.head().position) == (first, head)


def test_the_page_loads_nothing_is_not_kept_and_not_found_by_search(empty: Site) -> None:
    path = page(empty)
    for answered in (empty.client.get(path), empty.client.post(path), empty.client.get(f"{path}x")):
        headers = answered.headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "form-action 'self'" in headers["content-security-policy"]
        assert (headers["cache-control"], headers["x-robots-tag"], headers["referrer-policy"]) == ("no-store", "noindex", "no-referrer")
        assert headers["content-type"] == "text/html; charset=utf-8"
        assert "<script" not in answered.text
        assert "http" not in answered.text


def test_a_hostile_name_of_a_model_is_text(empty: Site) -> None:
    name = "<script>alert(1)</script>"
    listed = {"catalog": "azure", "model": "mistral-large", "scope": {"version": "9"}, "name": name, "source": {"name": "page"}}
    run = audience_recorded(empty)
    empty.post("/v1/models", listed)
    moved = {"retired": {"on": "2025-12-01"}, "scope": {"version": "9"}, "source": {"name": "mail"}}
    runs = empty.post("/v1/models/azure/mistral-large/announcements", moved).json()["runs"]
    for each in (run, *runs):
        assert "<script" not in empty.client.get(page(empty, 1, each)).text


class Old(TimestampSigner):
    """Signs as of a day on which a link can no longer be used."""

    def get_timestamp(self) -> int:
        return int((system_clock() - timedelta(days=VALID_DAYS, hours=1)).timestamp())


def expired(site: Site) -> str:
    signed = site.service.office.links._serializer
    return str(URLSafeTimedSerializer(signed.secret_keys, salt=PURPOSE, signer=Old).dumps([audience_recorded(site), 1]))


def forged(site: Site) -> str:
    return Links(b"another key", None).token(audience_recorded(site), 1)


def changed(site: Site) -> str:
    token = site.service.office.links.token(audience_recorded(site), 1)
    return ("x" if token[0] != "x" else "y") + token[1:]


def cut(site: Site) -> str:
    return site.service.office.links.token(audience_recorded(site), 1)[:-3]


def of_no_run(site: Site) -> str:
    audience_recorded(site)
    return site.service.office.links.token(3, 1)


@pytest.mark.parametrize(("token", "status"), [(expired, 410), (forged, 404), (changed, 404), (cut, 404), (of_no_run, 404)])
def test_a_link_that_is_old_or_not_ours_leads_to_a_page_and_acknowledges_nothing(
    empty: Site, token: Callable[[Site], str], status: int
) -> None:
    path = f"/notices/acknowledge/{token(empty)}"
    head = empty.ledger.store.head().position
    for ask in (empty.client.get, empty.client.post):
        answered = ask(path)
        assert answered.status_code == status
        assert "<form" not in answered.text
        assert "mistral" not in answered.text
    assert empty.ledger.store.head().position == head


def test_a_recipient_that_the_run_does_not_have_acknowledges_nothing(empty: Site) -> None:
    path = page(empty, 99)
    assert empty.client.post(path).status_code == 404


def test_the_pages_are_no_part_of_the_described_api(empty: Site) -> None:
    assert not [path for path in empty.read("/openapi.json")["paths"] if "acknowledge" in path]
