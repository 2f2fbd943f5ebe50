"""While nobody is asked for a credential, only requests to this machine by name are answered."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.access.credentials import Credentials
from api.http.app import create_app
from api.http.middleware.own_host import name_of
from api.http.settings import HttpSettings
from tests.api.access.guarded import guarded


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("127.0.0.1:8000", 200),
        ("127.8.8.8", 200),
        ("[::1]:8000", 200),
        ("ledger.example", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example:80", 421),
        ("10.0.0.1", 421),
        ("localhost.evil.example", 421),
    ],
)
def test_another_name_is_refused_until_credentials_are_set_up(tmp_path: Path, host: str, status: int) -> None:
    with guarded(tmp_path) as found:
        app = create_app(found.site.service, HttpSettings(allowed_hosts=("Ledger.example",)), Credentials(found.ring, None))
        with TestClient(app) as client:
            answer = client.get("/v1/models", headers={"Host": host})
            assert answer.status_code == status
            if status == 421:
                assert answer.json()["type"] == "/problems/host-not-served"
                assert "LIFECYCLE_ALLOWED_HOSTS" in answer.json()["detail"]
            key = found.key("reader", "read")
            assert client.get("/v1/models", headers={"Host": host, **key}).status_code == 200


@pytest.mark.parametrize(
    ("host", "name"), [("a.b:80", "a.b"), ("a.b", "a.b"), ("[::1]:80", "::1"), ("::1", "::1"), (":80", ""), ("", ""), ("[::1", "::1")]
)
def test_the_port_is_no_part_of_the_name(host: str, name: str) -> None:
    assert name_of({"headers": [(b"host", host.encode())]}) in {name, host}
