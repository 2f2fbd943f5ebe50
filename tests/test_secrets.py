"""No secret is told: not in logs, metrics, errors or files, and not in what Python shows of an object."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from api.delivery.notice import Address, WebhookTarget
from api.delivery.smtp import SmtpSettings
from api.http.settings import http_settings
from api.notices.channels import channels_of
from api.notices.links import Links
from api.notices.offices import notice_settings
from domain.clock import system_clock
from domain.people.keys import MasterKey
from domain.people.registry import Card, Webhook
from domain.people.sealing import Sealer
from tests.api.http.processes import Served, listing
from tests.cli import Shell
from tests.leaks import leaks
from tests.servers.webhook import Receiver, webhook_receiver

SECONDS = 30
PASSWORD, SERVICE, OWN_PATH = "smtp-Paszw0rd-1", "apprise-T0ken-2", "hook-T0ken-3"
QUERY, BODY, COOKIE, LINK, BASIC = "query-Secr3t-4", "body-Secr3t-5", "cookie-Secr3t-6", "link-T0ken-7", "basic-Paszw0rd-8"
WRONG_KEY = f"lifecycle_abcdefgh_{'Wr0ng' * 8}Key"
WRONG_TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJXcjBuZyJ9.c2lnbmF0dXJl"  # noqa: S105
ADDRESS = "ada.lovelace@example.org"
SETTINGS = {
    "LIFECYCLE_SMTP_PASSWORD": PASSWORD,
    "LIFECYCLE_APPRISE_URL": f"json://user:{SERVICE}@127.0.0.1:1/",
    "LIFECYCLE_WEBHOOK_ALLOW": '["127.0.0.1"]',
    "LIFECYCLE_WEBHOOK_ALLOW_HTTP": "true",
    "LIFECYCLE_NOTICE_SECONDS": "0.1",
    "LIFECYCLE_ACCESS_LOG": "true",
}


pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated and slated for removal:DeprecationWarning")  # Of a service of Apprise.


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as running:
        yield running


def told(content: bytes) -> str:
    """Return what an answer says; the address that it was asked at, the sender has written."""
    try:
        found = json.loads(content)
    except ValueError:
        return content.decode()
    if isinstance(found, dict):
        found.pop("instance", None)
    return json.dumps(found)


class Asking:
    """A client that writes down all answers."""

    def __init__(self, served: Served, token: str) -> None:
        self._served = served
        self._sent = {"Authorization": f"Bearer {token}", "Cookie": f"session={COOKIE}"}
        self.answers: list[str] = []
        self._keys = 0

    def __call__(self, method: str, path: str, status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> bytes:
        self._keys += 1
        key = {"Idempotency-Key": f"k-{self._keys}"}
        got, _, content = self._served.ask(path, method=method, body=body, headers={**key, **(self._sent if headers is None else headers)})
        assert got == status, content
        self.answers.append(told(content))
        return content


def test_the_service_tells_no_secret_whatever_goes_wrong(shell: Shell, receiver: Receiver) -> None:
    token = shell.lifecycle("keys", "create", "portal", "--scope", "admin", "--database", "sqlite:///ledger.db").out.strip()
    assert shell.lifecycle("policy", "--adopt", "azure-serverless-v1", "--database", "sqlite:///ledger.db").code == 0
    with Served(shell, settings=SETTINGS) as served:
        ask = Asking(served, token)
        signing_secret = deliver_to_a_webhook(ask, receiver)
        ask("GET", f"/v1/models?api_key={QUERY}", 422)
        ask("POST", "/v1/models", 422, {**listing("gpt-5"), "secret": BODY, "since": {"token": BODY}})
        ask("POST", "/v1/models", 422, [BODY])
        ask("POST", "/v1/models", 400, f'{{"secret": "{BODY}'.encode())
        ask("POST", "/v1/subscriptions/s-1/webhooks", 422, {"url": f"https://user:{BODY}@example.com/"})
        ask("POST", f"/v1/people/{ADDRESS}/wishes", 422, {"email": BODY})
        ask("GET", f"/v1/persons/{ADDRESS}", 404)
        for method, path, status in (("GET", "", 404), ("POST", "", 404), ("DELETE", "", 405), ("POST", "/more", 404)):
            ask(method, f"/notices/acknowledge/{LINK}{path}", status)
        basic = b64encode(f"user:{BASIC}".encode()).decode()
        for wrong in (f"Bearer {WRONG_KEY}", f"Bearer {WRONG_TOKEN}", f"Basic {basic}", token):
            ask("GET", "/v1/models", 401, headers={"Authorization": wrong})
        ask("GET", "/v1/models", 401, headers={"X-API-Key": WRONG_KEY})
        metrics = ask("GET", "/metrics", 200).decode()
        served.signal()
        served.ended()
    never = [token, token.rpartition("_")[2], signing_secret, PASSWORD, SERVICE, OWN_PATH, QUERY, BODY, COOKIE, LINK, BASIC, basic]
    never += [WRONG_KEY, WRONG_TOKEN, ADDRESS]
    logged = "".join(served.lines)
    assert [secret for secret in never if secret in logged] == []
    assert [secret for secret in never if secret in metrics] == []
    assert [secret for secret in never for answer in ask.answers if secret in answer] == []
    assert {record["status"] for record in served.records() if record["event"] in {"answered", "refused"}} >= {200, 201, 401, 404, 405, 422}
    assert leaks(shell.home, never) == []


def deliver_to_a_webhook(ask: Asking, receiver: Receiver) -> str:
    """Have a notice sent to a webhook whose address holds a secret, and return the secret that it is signed with."""
    ask("POST", "/v1/models", 201, {**listing("gpt-4"), "announced_at": "2024-01-01"})
    ask("POST", "/v1/subscriptions/s-1/deployments", 201, {"deployment": "chat", "model": "azure/gpt-4"})
    sent = json.loads(ask("POST", "/v1/subscriptions/s-1/webhooks", 201, {"url": receiver.url(f"/hook/{OWN_PATH}?key={OWN_PATH}")}))
    ask.answers.pop()  # It is told this once.
    ask("POST", "/v1/models/azure/gpt-4/announcements", 201, {"retired": {"on": "2099-01-01"}, "source": {"name": "mail"}})
    until = monotonic() + SECONDS
    while not receiver.received and monotonic() < until:
        sleep(0.05)
    assert receiver.received[0].path.startswith(f"/hook/{OWN_PATH}")
    return str(sent["secret"])


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (["serve"], {"LIFECYCLE_PORT": "none"}),
        (["serve"], {"LIFECYCLE_WEBHOOK_ALLOW": "10.0.0.0/8"}),
        (
            ["notices", "deliver"],
            {"LIFECYCLE_NOTICE_CHANNEL": "apprise", "LIFECYCLE_APPRISE_URL": f"nowhere://user:{SERVICE}@host/{OWN_PATH}"},
        ),
        (["notices", "deliver"], {"LIFECYCLE_NOTICE_CHANNEL": "smtp", "LIFECYCLE_SMTP_HOST": "127.0.0.1", "LIFECYCLE_SMTP_PORT": "1"}),
        (["stage", "azure/gpt-4"], {"LIFECYCLE_DATABASE": f"postgresql://user:{SERVICE}@host/ledger"}),
        (["stage", "azure/gpt-4", "--database", f"postgresql://user:{SERVICE}@host/ledger"], {}),
        (["doctor"], {}),
        (["keys", "list"], {}),
    ],
)
def test_the_command_line_tells_no_secret(shell: Shell, arguments: list[str], settings: dict[str, str]) -> None:
    named = {"LIFECYCLE_DATABASE": "sqlite:///ledger.db", "LIFECYCLE_SMTP_USERNAME": "user", "LIFECYCLE_SMTP_PASSWORD": PASSWORD}
    shell.lifecycle("import", "--sample", env=named)
    token = shell.lifecycle("keys", "create", "portal", "--scope", "read", env=named).out.strip()
    told = shell.lifecycle(*arguments, env={**named, **settings})
    assert [secret for secret in (token, token[-43:], PASSWORD, SERVICE, OWN_PATH) if secret in told.out + told.err] == []
    assert "Traceback" not in told.err


def test_what_python_shows_of_an_object_tells_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    master = MasterKey.in_memory()
    settings = notice_settings()
    objects: list[object] = [
        settings,
        http_settings(),
        channels_of(settings, tmp_path, print, system_clock),
        SmtpSettings("host", 25, Address("Ada", ADDRESS), password=PASSWORD),
        Address("Ada", ADDRESS),
        Card("Ada", ADDRESS),
        WebhookTarget("whk-1", f"https://host/{OWN_PATH}", SERVICE),
        Webhook(f"https://host/{OWN_PATH}", SERVICE),
        master,
        Sealer(master),
        Links(master.derive("test"), None),
    ]
    shown = " ".join(f"{one!r} {one} {vars(one) if isinstance(one, Links) else ''}" for one in objects)
    key = master.derive("test")
    assert [secret for secret in (PASSWORD, SERVICE, OWN_PATH, ADDRESS, str(key), key.hex()) if secret in shown] == []
