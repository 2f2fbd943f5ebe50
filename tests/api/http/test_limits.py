"""Limits: how often one sender may ask, how long and how many may wait, and how many read streams at a time."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import problems
from api.http.metrics import Metrics
from api.http.middleware import stack
from api.http.middleware.rate_limit import FULL, Buckets, sender_of
from api.http.open_streams import OpenStreams
from api.http.problems import ServiceBusy, TooManyStreams
from api.http.service import Counters, Service
from api.http.settings import HttpSettings
from tests.api.http.apps import Site
from tests.api.http.asgi import Answer, ask
from tests.ledgers import HandClock, ledger_in_memory

SOON = 0.05
"""Seconds."""
OUTSIDE = ("203.0.113.7", 5000)

routes = APIRouter()


@routes.get("/short")
async def short() -> dict[str, bool]:
    return {"short": True}


@routes.get("/healthz")
async def healthz() -> dict[str, bool]:
    return {"well": True}


@routes.get("/waits")
@routes.post("/waits")
async def waits(request: Request) -> Response:
    """Wait until nobody does any more."""
    await request.body()
    await gone(request)
    request.app.state.done += 1
    return Response(b"too late")


@routes.get("/fails")
async def fails(request: Request) -> None:
    await gone(request)
    raise ZeroDivisionError


@routes.get("/begins")
async def begins() -> Response:
    async def lines() -> AsyncIterator[bytes]:
        yield b"it began, "
        up = asyncio.Event()
        asyncio.get_running_loop().call_later(2 * SOON, up.set)
        await up.wait()
        yield b"and went on"

    return StreamingResponse(lines())


@routes.get("/asks-within")
async def asks_within(request: Request) -> dict[str, int]:
    """Ask the service while this waits for its answer."""
    statuses: list[int] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await request.app({**request.scope, "path": "/short"}, request.receive, send)
    return {"within": statuses[0]}


async def gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


@pytest.fixture
def app() -> Iterator[FastAPI]:
    with ledger_in_memory(HandClock()) as ledger:
        yield application(Service(ledger), request_seconds=SOON)


def application(service: Service, **settings: Any) -> FastAPI:
    app = FastAPI()
    app.state.done = 0
    problems.install(app)
    app.include_router(routes)
    stack.install(app, service, routes.routes[0], Metrics(service), HttpSettings(**settings))
    return app


def coming(app: ASGIApp, client: tuple[str, int] | None = OUTSIDE, principal: str | None = None) -> ASGIApp:
    """Have the requests come from an address, in somebody's name."""

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        state = {} if principal is None else {"principal": principal}
        await app({**scope, "client": client, "state": state}, receive, send)

    return asked


def type_of(answer: Answer) -> str:
    return str(answer.json["type"].rpartition("/")[2])


def given(buckets: Buckets, seconds: float, sender: str = "a") -> bool:
    return buckets.take(sender, round(seconds * 10**9)) <= FULL


class TestBuckets:
    def test_a_bucket_gives_what_is_in_it_and_fills_again_evenly(self) -> None:
        buckets = Buckets(3)
        assert [given(buckets, 100.0) for _ in range(5)] == [True, True, True, False, False]
        assert given(buckets, 100.0, "b")
        assert [given(buckets, 119.9), given(buckets, 120.1)] == [False, True]
        assert [given(buckets, 1e6) for _ in range(4)] == [True, True, True, False]

    @pytest.mark.parametrize("size", [1, 7, 49, 60, 997, 60_000])
    @pytest.mark.parametrize("now", [0.0, 123_456.789, 1e9 / 7])
    def test_it_gives_as_many_as_are_in_it_at_any_time_of_the_clock(self, size: int, now: float) -> None:
        buckets = Buckets(size)
        assert sum(given(buckets, now) for _ in range(size + 5)) == size

    def test_asking_in_vain_takes_nothing(self) -> None:
        buckets = Buckets(1)
        given(buckets, 0.0)
        assert [given(buckets, second) for second in range(60)] == [False] * 60
        assert given(buckets, 60.0)

    def test_senders_without_number_take_no_more_memory_than_some(self) -> None:
        buckets = Buckets(2, senders_max=1000)
        for number in range(100_000):
            buckets.take(f"198.51.{number}", 0)
        assert len(buckets) == 1000

    def test_whoever_keeps_asking_is_not_forgotten_for_others(self) -> None:
        buckets = Buckets(5, senders_max=10)
        taken = 0
        for number in range(200):
            given(buckets, 0.0, f"other {number}")
            taken += given(buckets, 0.0)
        assert taken == 5


class TestSenders:
    @pytest.mark.parametrize(
        ("client", "sender"),
        [
            (("203.0.113.7", 1), "203.0.113.7"),
            (("::ffff:203.0.113.7", 1), "203.0.113.7"),
            (("2001:db8:1:2:3::4", 1), "2001:db8:1:2::/64"),
            (("2001:db8:1:2:ffff::", 1), "2001:db8:1:2::/64"),
            (("fe80::1%eth0", 1), "fe80::/64"),
            (("127.0.0.1", 1), None),
            (("127.8.8.8", 1), None),
            (("::1", 1), None),
            (("::ffff:127.0.0.1", 1), None),
            (None, None),
        ],
    )
    def test_an_address_is_one_sender_and_this_machine_is_none(self, client: tuple[str, int] | None, sender: str | None) -> None:
        assert sender_of({"client": client, "state": {}}) == sender
        assert sender_of({"client": client, "state": {"principal": "key:portal"}}) == "key:portal"


class TestRate:
    @pytest.fixture
    def limited(self) -> Iterator[FastAPI]:
        with ledger_in_memory(HandClock()) as ledger:
            yield application(Service(ledger), rate_per_minute=2)

    def test_whoever_asks_too_often_is_told_when_to_come_back(self, limited: FastAPI) -> None:
        answers = [ask(coming(limited), "GET", "/short") for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert [answer.headers["ratelimit"] for answer in answers] == ['"requests";r=1;t=30', '"requests";r=0;t=60', '"requests";r=0;t=60']
        assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"requests";q=2;w=60'}
        assert (type_of(answers[2]), answers[2].headers["retry-after"]) == ("too-many-requests", "30")

    def test_each_principal_has_a_bucket_wherever_it_asks_from(self, limited: FastAPI) -> None:
        def asked(principal: str | None, address: str = "203.0.113.7") -> int:
            return ask(coming(limited, (address, 1), principal), "GET", "/short").status

        assert [asked("key:a"), asked("key:a", "203.0.113.8"), asked("key:a", "127.0.0.1")] == [200, 200, 429]
        assert [asked("key:b"), asked(None), asked(None, "203.0.113.8")] == [200, 200, 200]

    def test_probes_and_this_machine_are_not_counted(self, limited: FastAPI) -> None:
        assert {ask(coming(limited), "GET", "/healthz").status for _ in range(5)} == {200}
        answers = [ask(limited, "GET", "/short") for _ in range(5)]
        assert {(answer.status, "ratelimit" in answer.headers) for answer in answers} == {(200, False)}

    def test_none_is_a_limit_too(self) -> None:
        with ledger_in_memory(HandClock()) as ledger:
            app = application(Service(ledger), rate_per_minute=0)
            assert "ratelimit" not in ask(coming(app), "GET", "/short").headers

    @pytest.mark.parametrize(("trusted", "statuses"), [((), [200, 200, 429]), (("203.0.113.0/24",), [200, 200, 200])])
    def test_only_a_trusted_proxy_says_who_asks(self, trusted: tuple[str, ...], statuses: list[int]) -> None:
        with ledger_in_memory(HandClock()) as ledger:
            app = coming(application(Service(ledger), rate_per_minute=2, trusted_proxies=trusted))
            asked = [ask(app, "GET", "/short", headers={"X-Forwarded-For": f"198.51.100.{number}"}) for number in range(3)]
        assert [answer.status for answer in asked] == statuses


class TestTime:
    def test_a_question_that_takes_too_long_is_told_so_and_what_it_says_later_is_not_sent(self, app: FastAPI) -> None:
        answer = ask(app, "GET", "/waits")
        assert (answer.status, type_of(answer), answer.headers["retry-after"]) == (503, "time-limit-reached", "1")
        assert "too late" not in answer.body.decode()

    def test_a_command_goes_on_to_its_end_and_its_sender_is_told_to_send_it_again(self, app: FastAPI) -> None:
        answer = ask(app, "POST", "/waits", headers={"Idempotency-Key": "k-1"}, chunks=[b"body"])
        assert (answer.status, type_of(answer)) == (503, "outcome-unknown")
        assert "same Idempotency-Key" in answer.json["detail"]
        assert app.state.done == 1

    def test_a_body_that_does_not_arrive_in_time_is_not_waited_for(self, app: FastAPI) -> None:
        answer = ask(app, "POST", "/waits", chunks=[b"begun"], goes_on=True)
        assert (answer.status, type_of(answer), answer.headers["connection"]) == (408, "body-too-slow", "close")
        assert app.state.done == 0

    def test_an_answer_that_has_begun_takes_as_long_as_it_needs(self, app: FastAPI) -> None:
        answer = ask(app, "GET", "/begins")
        assert (answer.status, answer.body) == (200, b"it began, and went on")

    def test_what_fails_after_its_time_is_logged_and_not_answered_again(self, app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
        answer = ask(app, "GET", "/fails")
        assert (answer.status, type_of(answer)) == (503, "time-limit-reached")
        assert [(r.message, r.levelno, bool(r.exc_info)) for r in caplog.records] == [
            ("answered", logging.ERROR, False),
            ("failed", logging.ERROR, True),
        ]

    @pytest.mark.parametrize(("waiting_max", "within"), [(1, 503), (2, 200)])
    def test_no_more_may_wait_than_can_be_served(self, waiting_max: int, within: int) -> None:
        with ledger_in_memory(HandClock()) as ledger:
            app = application(Service(ledger), requests_waiting_max=waiting_max)
            for _ in range(3):  # whoever was answered waits no more
                assert ask(app, "GET", "/asks-within").json == {"within": within}


class TestStreams:
    def test_one_principal_may_read_so_many_and_all_together_so_many(self) -> None:
        counters = Counters()
        open_ = OpenStreams(counters, streams_max=3, of_one_max=2)
        with open_.one("key:a"), open_.one(None):
            open_.check("key:a")
            with open_.one("key:a"):
                assert counters.streams_open == 3
                with pytest.raises(TooManyStreams):
                    open_.check("key:a")
                for other in ("key:b", None):
                    with pytest.raises(ServiceBusy):
                        open_.check(other)
            open_.check("key:a")
        assert counters.streams_open == 0

    def test_who_ended_all_is_forgotten(self) -> None:
        open_ = OpenStreams(Counters(), streams_max=3, of_one_max=1)
        for number in range(3):
            with open_.one(f"key:{number}"):
                pass
        assert not open_._by_principal

    def test_a_stream_too_many_is_refused_before_it_begins(self, empty: Site) -> None:
        empty.service.counters.streams_open = HttpSettings().streams_max
        assert empty.refused("/v1/events/stream", 503)["type"] == "/problems/service-busy"
