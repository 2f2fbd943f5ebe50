"""Webhooks by a real receiver: signed, whole, told to the address that was judged, and whatever it answers, an outcome."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from api.delivery.notice import Outgoing, Place, WebhookTarget
from api.delivery.outcome import Sent
from api.delivery.private_addresses import Allowed
from api.delivery.webhook import CONNECTIONS, TYPE, WebhookChannel
from domain.clock import system_clock
from domain.notices.events import Result
from tests.api.delivery.letters import HOSTILE, NOW, SECRET, clock, cut, letter, run, sent_by
from tests.api.delivery.test_private_addresses import resolver
from tests.servers.smtp import free_port
from tests.servers.webhook import HOST, Receiver, Reply, webhook_receiver

LOOPBACK = Allowed(("127.0.0.0/8",), http=True)
SOURCE = "https://ledger.example/v1/notices"
TRUST = ssl.create_default_context()
"""Made once, for it takes its time."""
METADATA = "http://169.254.169.254/latest/meta-data/"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as running:
        yield running


def channel(allowed: Allowed = LOOPBACK, *, timeout: float = 5.0, verify: ssl.SSLContext = TRUST) -> WebhookChannel:
    return WebhookChannel(allowed, SOURCE, clock, timeout=timeout, verify=verify)


def hook(url: str, number: int = 1, **changes: Any) -> Outgoing:
    places = changes.pop("places", [Place("subscription-1", ())])
    return replace(letter(number, to=WebhookTarget("whk-1", url, SECRET), places=places, **changes), acknowledge_url=None)


def told(sent: list[Sent]) -> list[tuple[Result, str | None]]:
    return [(one.result, one.code) for one in sent]


def test_a_receiver_can_verify_who_speaks(receiver: Receiver) -> None:
    (sent,) = sent_by(WebhookChannel(LOOPBACK, SOURCE, system_clock), [hook(receiver.url("/hook?a=1"))])
    assert (sent.result, sent.channel, sent.code) == (Result.ACCEPTED, "webhook", "200")
    (request,) = receiver.received
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert Webhook(SECRET).verify(request.body, headers) == json.loads(request.body)
    for changed in (request.body + b" ", request.body.replace(b"Mistral", b"Other")):
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(changed, headers)
    assert (headers["webhook-id"], request.path) == ("8.1", "/hook?a=1")
    assert headers["host"] == f"{HOST}:{receiver.port}"
    assert headers["content-type"] == "application/cloudevents+json"


def test_the_same_notice_has_the_same_id_whenever_it_is_sent(receiver: Receiver) -> None:
    sent_by(channel(), [hook(receiver.url())], [hook(receiver.url())])
    assert {request.headers["webhook-id"] for request in receiver.received} == {"8.1"}


def test_what_is_sent_is_a_cloud_event(receiver: Receiver) -> None:
    sent_by(channel(), [hook(receiver.url(), places=[Place("s-1", ()), Place("s-2", ())])])
    event = JSONFormat().read(CloudEvent, receiver.received[0].body)
    assert (event.get_id(), event.get_type(), event.get_source(), event.get_time()) == ("8.1", TYPE, SOURCE, NOW)
    assert (event.get_subject(), event.get_datacontenttype()) == ("azure/mistral-large", "application/json")
    data = event.get_data()
    assert isinstance(data, dict)
    assert data["subscriptions"] == ["s-1", "s-2"]
    assert (data["cause"], data["run"], data["key"]) == ("moved", 8, "azure/mistral-large")
    assert [data["after"][stage]["value"] for stage in ("legacy", "deprecated", "retired")] == ["2024-12-15", "2025-01-15", "2025-04-15"]
    assert data["before"]["retired"]["kind"] == "not_before"
    assert data["replacements"] == [{"stage": "generally_available", "subject": "azure/mistral-large-2407"}]


def test_nothing_of_people_and_no_secret_is_sent(receiver: Receiver) -> None:
    sent_by(channel(), [hook(receiver.url())])
    said = f"{receiver.received[0].body.decode()}\n{receiver.received[0].headers}"
    assert [word for word in ("owner", "acknowledge", "whk-1", SECRET, SECRET.removeprefix("whsec_"), "ada") if word in said.lower()] == []


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name[:16]))
def test_a_hostile_name_is_a_text_in_the_event(receiver: Receiver, name: str) -> None:
    assert told(sent_by(channel(), [hook(receiver.url(), name=name, places=[Place(name, ())])])) == [(Result.ACCEPTED, "200")]
    event = json.loads(receiver.received[0].body)
    assert event["data"]["subscriptions"] == [name]
    assert event["data"]["name"] == name
    assert event["type"] == TYPE


@pytest.mark.parametrize(
    ("status", "result"),
    [
        *((status, Result.ACCEPTED) for status in (200, 201, 202, 204)),
        *((status, Result.PERMANENT) for status in (301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 410, 413, 422)),
        *((status, Result.TRANSIENT) for status in (408, 425, 429, 500, 502, 503, 504)),
    ],
)
def test_a_status_says_what_comes_of_it(receiver: Receiver, status: int, result: Result) -> None:
    receiver.always = Reply(status)
    assert told(sent_by(channel(), [hook(receiver.url())])) == [(result, str(status))]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(receiver: Receiver, status: int) -> None:
    with webhook_receiver() as inside:
        receiver.replies = [Reply(status, (("Location", location),)) for location in (METADATA, inside.url("/secret"), "/again")]
        found = sent_by(channel(), [hook(receiver.url(), number) for number in (1, 2, 3)])
        assert told(found) == [(Result.PERMANENT, str(status))] * 3
        assert inside.received == []
    assert [request.path for request in receiver.received] == ["/hook"] * 3


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("86401", 86_400.0),
        ("9" * 400, 86_400.0),
        ("Fri, 22 Nov 2024 09:31:05 GMT", 60.0),
        ("Fri, 22 Nov 2024 09:00:00 GMT", 0.0),
        ("Fri, 22 Nov 9999 09:00:00 GMT", 86_400.0),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("\xb2", None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_may_ask_for_time(receiver: Receiver, status: int, asked: str, seconds: float | None) -> None:
    receiver.always = Reply(status, (("Retry-After", asked),))
    (sent,) = sent_by(channel(), [hook(receiver.url())])
    assert (sent.result, sent.retry_after) == (Result.TRANSIENT, seconds)


@pytest.mark.parametrize(
    ("headers", "reference"),
    [
        ((("x-request-id", "req-1"),), "req-1"),
        ((("webhook-response-id", "w/1:2+3="), ("x-request-id", "req-1")), "w/1:2+3="),
        ((("x-request-id", "ada@example.com"),), None),
        ((("x-request-id", "Ada Lovelace"),), None),
        ((("x-request-id", "x" * 101),), None),
        ((("x-request-id", "\xe9"),), None),
        ((), None),
    ],
)
def test_the_receivers_own_name_is_kept_where_it_is_one(receiver: Receiver, headers: tuple[Any, ...], reference: str | None) -> None:
    receiver.always = Reply(200, headers)
    assert sent_by(channel(), [hook(receiver.url())])[0].reference == reference


def test_an_answer_is_as_good_however_long_it_is(receiver: Receiver) -> None:
    receiver.replies = [Reply(body=b"x" * 10_000_000), Reply(endless=True), Reply(503, endless=True)]
    found = sent_by(channel(timeout=2.0), [hook(receiver.url(), 1)], [hook(receiver.url(), 2)], [hook(receiver.url(), 3)])
    assert told(found) == [(Result.ACCEPTED, "200"), (Result.ACCEPTED, "200"), (Result.TRANSIENT, "503")]


@pytest.mark.parametrize("reply", [Reply(cut=True), Reply(late=True)], ids=["cut", "silent"])
def test_where_no_answer_comes_the_outcome_is_unknown(receiver: Receiver, reply: Reply) -> None:
    receiver.replies = [reply]
    found = sent_by(channel(timeout=0.3), [hook(receiver.url(), 1)], [hook(receiver.url(), 2)])
    assert told(found) == [(Result.UNKNOWN, "disconnected"), (Result.ACCEPTED, "200")]


@asynccontextmanager
async def saying(content: bytes, pause: float) -> AsyncIterator[int]:
    """Answer each connection with some bytes, one after the other; give the port."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for byte in content:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(pause)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(answer, HOST, 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("content", "pause"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10_000, 0.05),
        (b"SSH-2.0-OpenSSH\r\n\r\n", 0.0),
        (b"HTTP/1.1 999999 OK\r\n\r\n", 0.0),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000, 0.0),
        (b"\x00\xff" * 100, 0.0),
    ],
    ids=["drip", "other", "status", "huge-header", "noise"],
)
def test_an_answer_that_is_none_leaves_the_outcome_unknown(content: bytes, pause: float) -> None:
    async def send() -> list[Sent]:
        found: list[Sent] = []
        async with saying(content, pause) as port:
            sending = channel(timeout=0.4)
            await sending.send([hook(f"http://{HOST}:{port}/")], found.append)
            await sending.close()
        return found

    assert told(run(send())) == [(Result.UNKNOWN, "disconnected")]


def test_a_receiver_that_is_down_is_told_again_later(receiver: Receiver) -> None:
    found = sent_by(channel(), [hook(f"http://{HOST}:{free_port()}/", 1), hook(receiver.url(), 2)])
    assert told(found) == [(Result.TRANSIENT, "unreachable"), (Result.ACCEPTED, "200")]


def test_a_name_that_nobody_knows_is_told_again_later() -> None:
    assert told(sent_by(channel(), [hook("http://nobody.invalid/")])) == [(Result.TRANSIENT, "unreachable")]


@pytest.mark.parametrize(
    "url", ["http://{host}:{port}/", "http://localhost:{port}/", "http://2130706433:{port}/", "http://0177.0.0.1:{port}/"]
)
def test_a_receiver_inside_is_told_nothing_unless_it_is_allowed(receiver: Receiver, url: str) -> None:
    target = hook(url.format(host=HOST, port=receiver.port))
    assert told(sent_by(channel(Allowed(http=True)), [target])) == [(Result.PERMANENT, "address_refused")]
    assert receiver.received == []
    assert told(sent_by(channel(), [target])) == [(Result.ACCEPTED, "200")]


@pytest.mark.parametrize(
    "url", ["", "http://127.0.0.1/" + "x" * 70_000, "http://127.0.0.1/\0", "https://" + "x" * 64 + ".example/", "mailto:ada@example.com"]
)
def test_what_is_no_address_takes_no_other_notice_along(receiver: Receiver, url: str) -> None:
    found = sent_by(channel(), [hook(url, 1), hook(receiver.url(), 2), letter(3)])
    assert told(found) == [(Result.PERMANENT, "address_refused"), (Result.ACCEPTED, "200"), (Result.PERMANENT, "no_webhook")]


async def sent_to(sending: WebhookChannel, url: str, addresses: list[str], asked: list[str]) -> list[Sent]:
    """Send where a name stands for other addresses at each look-up."""
    host = url.split("/")[2].partition(":")[0]
    loop = asyncio.get_running_loop()
    real, named = loop.getaddrinfo, resolver({host: addresses}, asked)

    async def getaddrinfo(name: str, port: int, **options: Any) -> Any:
        return await (named if name == host else real)(name, port, **options)

    loop.getaddrinfo = getaddrinfo  # type: ignore[method-assign,assignment]
    found: list[Sent] = []
    await sending.send([hook(url)], found.append)
    await sending.close()
    return found


def test_a_name_that_changes_its_mind_is_asked_once(receiver: Receiver) -> None:
    asked: list[str] = []
    with webhook_receiver() as inside:
        addresses = [HOST, "10.0.0.1", "127.0.0.2"]
        found = run(sent_to(channel(Allowed((HOST,), http=True)), f"http://hooks.example:{receiver.port}/hook", addresses, asked))
        assert inside.received == []
    assert told(found) == [(Result.ACCEPTED, "200")]
    assert asked == ["hooks.example"]
    assert receiver.received[0].headers["host"] == f"hooks.example:{receiver.port}"


def test_a_name_of_the_inside_is_refused_at_the_moment_of_sending(receiver: Receiver) -> None:
    url = f"http://hooks.example:{receiver.port}/hook"
    assert told(run(sent_to(channel(Allowed(http=True)), url, [HOST], []))) == [(Result.PERMANENT, "address_refused")]
    assert receiver.received == []


def test_tls_is_with_the_name_though_the_address_is_connected_to() -> None:
    with webhook_receiver(tls_name="hooks.example") as receiver:
        trusting = ssl.create_default_context(cafile=str(receiver.ca_file))
        url = receiver.url("/hook", "hooks.example")
        found = run(sent_to(channel(Allowed((HOST,)), verify=trusting), url, [HOST], []))
        assert told(found) == [(Result.ACCEPTED, "200")]
        assert receiver.server_names == ["hooks.example"]
        assert receiver.received[0].headers["host"] == f"hooks.example:{receiver.port}"


@pytest.mark.parametrize(("name", "trusted"), [("hooks.example", False), ("other.example", True)])
def test_a_receiver_that_cannot_prove_its_name_is_told_nothing(name: str, *, trusted: bool) -> None:
    with webhook_receiver(tls_name="hooks.example") as receiver:
        context = ssl.create_default_context(cafile=str(receiver.ca_file) if trusted else None)
        found = run(sent_to(channel(Allowed((HOST,)), verify=context), receiver.url("/hook", name), [HOST], []))
        assert told(found) == [(Result.TRANSIENT, "unreachable")]
        assert receiver.received == []


def test_two_names_at_one_address_each_prove_their_own() -> None:
    with webhook_receiver(tls_name="hooks.example") as receiver:
        context = ssl.create_default_context(cafile=str(receiver.ca_file))

        async def send() -> list[Sent]:
            found: list[Sent] = []
            sending = channel(Allowed((HOST,)), verify=context)
            loop = asyncio.get_running_loop()
            loop.getaddrinfo = resolver({"hooks.example": [HOST], "other.example": [HOST]}, [])  # type: ignore[method-assign]
            for number, name in enumerate(("hooks.example", "other.example"), start=1):
                await sending.send([hook(receiver.url("/hook", name), number)], found.append)
            await sending.close()
            return found

        assert told(run(send())) == [(Result.ACCEPTED, "200"), (Result.TRANSIENT, "unreachable")]
        assert len(receiver.received) == 1


def test_no_cookie_of_one_receiver_is_shown_to_another(receiver: Receiver) -> None:
    receiver.always = Reply(200, (("Set-Cookie", "session=1; Path=/"),))
    sent_by(channel(), [hook(receiver.url(), 1)], [hook(receiver.url("/other"), 2)])
    assert [request.headers["cookie"] for request in receiver.received] == [None, None]


def test_no_proxy_of_the_machine_is_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook_receiver() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{HOST}:{proxy.port}")
        assert told(sent_by(channel(), [hook(receiver.url())])) == [(Result.ACCEPTED, "200")]
        assert proxy.received == []


def test_only_a_few_receivers_are_talked_to_at_a_time() -> None:
    talking: list[int] = [0]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking.append(talking[-1] + 1)
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.02)
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        talking.append(talking[-1] - 1)
        writer.close()

    async def send() -> list[Sent]:
        found: list[Sent] = []
        async with await asyncio.start_server(answer, HOST, 0) as server:
            sending = channel()
            url = f"http://{HOST}:{server.sockets[0].getsockname()[1]}/"
            await sending.send([hook(url, number) for number in range(1, 5 * CONNECTIONS)], found.append)
            await sending.close()
        return found

    assert {one.result for one in run(send())} == {Result.ACCEPTED}
    assert 1 < max(talking) <= CONNECTIONS


def test_a_batch_that_is_cancelled_leaves_no_task(receiver: Receiver) -> None:
    receiver.always = Reply(late=True)

    async def send() -> None:
        sending = channel()
        work = asyncio.create_task(sending.send([hook(receiver.url(), number) for number in range(1, 20)], lambda _: None))
        await cut(lambda: bool(receiver.received), work)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await sending.close()

    run(send())
