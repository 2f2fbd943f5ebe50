"""The layers around the routes, on an application of their own: what each does to a request, and to an answer."""

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from api.http import problems
from api.http.logs import request_id
from api.http.metrics import Metrics
from api.http.middleware import body_limit, stack
from api.http.service import Service
from api.http.settings import HttpSettings
from tests.api.http.asgi import ask
from tests.ledgers import HandClock, ledger_in_memory

BODY_MAX = 2048
LONG = "long " * 1000


class AnswersBeforeItReads(Response):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"7")]})
        await send({"type": "http.response.body", "body": b"it", "more_body": True})
        while (await receive()).get("more_body"):
            pass


routes = APIRouter()


@routes.get("/short")
async def short() -> dict[str, str]:
    return {"id": request_id.get()}


@routes.get("/long/{name}")
async def long(name: str) -> dict[str, str]:
    return {"name": name, "text": LONG}


@routes.get("/packed")
async def packed() -> Response:
    return Response(gzip.compress(LONG.encode()) + b" " * 1000, headers={"Content-Encoding": "gzip"})


@routes.get("/events")
async def events() -> Response:
    async def lines() -> AsyncIterator[bytes]:
        while True:
            yield b"data: " + LONG.encode() + b"\n\n"
            await asyncio.sleep(0)

    return StreamingResponse(lines(), media_type="text/event-stream")


@routes.post("/body")
async def body(request: Request) -> Response:
    return JSONResponse({"length": len(await request.body())}, 201)


@routes.post("/model")
async def model(given: dict[str, str]) -> dict[str, str]:
    return given


@routes.post("/early")
async def early() -> Response:
    return AnswersBeforeItReads()


@routes.post("/both-at-once")
async def both_at_once(request: Request) -> Response:
    return StreamingResponse(request.stream())


@routes.get("/broken")
async def broken() -> None:
    raise ZeroDivisionError


@routes.get("/broken-late")
async def broken_late() -> Response:
    async def lines() -> AsyncIterator[bytes]:
        yield b"it began"
        raise ZeroDivisionError

    return StreamingResponse(lines())


@pytest.fixture
def app() -> Iterator[FastAPI]:
    with ledger_in_memory(HandClock()) as ledger:
        yield application(Service(ledger))


def application(service: Service, *, access_log: bool = False) -> FastAPI:
    app = FastAPI()
    problems.install(app)
    app.include_router(routes)
    stack.install(app, service, routes.routes[0], Metrics(service), HttpSettings(max_body_bytes=BODY_MAX, access_log=access_log))
    return app


class TestRequestIds:
    def test_one_that_came_along_comes_back_and_is_known_within(self, app: FastAPI) -> None:
        answer = ask(app, "GET", "/short", headers={"X-Request-ID": "order-7/b"})
        assert (answer.headers["x-request-id"], answer.json) == ("order-7/b", {"id": "order-7/b"})

    @pytest.mark.parametrize("given", ["", "with space", "x" * 129, "tab\there", "é", None])
    def test_else_one_is_made(self, app: FastAPI, given: str | None) -> None:
        answer = ask(app, "GET", "/short", headers={} if given is None else {"X-Request-ID": given})
        made = answer.headers["x-request-id"]
        assert made != given
        assert made == answer.json["id"]

    def test_each_request_has_its_own(self, app: FastAPI) -> None:
        assert len({ask(app, "GET", "/short").headers["x-request-id"] for _ in range(10)}) == 10

    @pytest.mark.parametrize("path", ["/nowhere", "/broken"])
    def test_what_fails_has_one_too(self, app: FastAPI, path: str) -> None:
        assert ask(app, "GET", path, headers={"X-Request-ID": "r1"}).headers["x-request-id"] == "r1"


class TestFailures:
    def test_a_failure_of_ours_is_a_problem_without_inner_text_and_is_logged(self, app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
        answer = ask(app, "GET", "/broken")
        assert (answer.status, answer.headers["content-type"]) == (500, "application/problem+json")
        assert "Zero" not in answer.body.decode()
        assert [(r.message, bool(r.exc_info)) for r in caplog.records] == [("failed", True), ("answered", False)]

    def test_one_that_comes_after_the_answer_began_ends_the_connection(self, app: FastAPI) -> None:
        with pytest.raises(ZeroDivisionError):
            ask(app, "GET", "/broken-late")


class TestLog:
    def test_writes_and_refused_writes_are_logged_and_questions_are_not(self, app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "lifecycle")
        ask(app, "GET", "/short")
        ask(app, "POST", "/body", chunks=[b"secret"])
        ask(app, "POST", "/nowhere")
        assert [(r.message, r.__dict__["path"], r.__dict__["status"]) for r in caplog.records] == [
            ("answered", "/body", 201),
            ("refused", "/nowhere", 404),
        ]
        assert "secret" not in str([r.__dict__ for r in caplog.records])

    def test_questions_are_logged_where_that_is_asked_for(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "lifecycle")
        with ledger_in_memory(HandClock()) as ledger:
            ask(application(Service(ledger), access_log=True), "GET", "/short")
        assert [r.message for r in caplog.records] == ["answered"]


class TestHead:
    @pytest.mark.parametrize("encoding", ["identity", "gzip"])
    @pytest.mark.parametrize("path", ["/short", "/long/a", "/nowhere", "/broken"])
    def test_head_has_the_headers_of_get_and_no_body(self, app: FastAPI, path: str, encoding: str) -> None:
        given = {"Accept-Encoding": encoding, "X-Request-ID": "same"}
        get, head = ask(app, "GET", path, headers=given), ask(app, "HEAD", path, headers=given)
        assert (head.status, head.headers, head.body, head.ended) == (get.status, get.headers, b"", True)
        assert int(head.headers["content-length"]) == len(get.body)

    def test_head_of_an_endless_stream_ends(self, app: FastAPI) -> None:
        answer = ask(app, "HEAD", "/events")
        assert (answer.status, answer.body, answer.ended) == (200, b"", True)

    def test_head_of_what_takes_only_writes_is_refused(self, app: FastAPI) -> None:
        assert ask(app, "HEAD", "/body").status == 405


class TestCompression:
    def test_a_long_answer_is_compressed_for_those_who_take_it(self, app: FastAPI) -> None:
        answer = ask(app, "GET", "/long/a", headers={"Accept-Encoding": "br, gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        assert LONG.encode() in gzip.decompress(answer.body)
        assert len(answer.body) == int(answer.headers["content-length"]) < len(LONG)

    def test_a_long_answer_says_that_it_depends_on_that(self, app: FastAPI) -> None:
        answer = ask(app, "GET", "/long/a")
        assert "content-encoding" not in answer.headers
        assert answer.headers["vary"] == "Accept-Encoding"

    @pytest.mark.parametrize("path", ["/short", "/nowhere"])
    def test_a_short_one_passes_untouched(self, app: FastAPI, path: str) -> None:
        answer = ask(app, "GET", path, headers={"Accept-Encoding": "gzip"})
        assert {"content-encoding", "vary"}.isdisjoint(answer.headers)

    def test_what_is_compressed_already_is_left(self, app: FastAPI) -> None:
        answer = ask(app, "GET", "/packed", headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(answer.body.rstrip()) == LONG.encode()


class TestBodyLimit:
    def test_a_body_of_the_limit_is_taken(self, app: FastAPI) -> None:
        answer = ask(app, "POST", "/body", headers={"Content-Length": str(BODY_MAX)}, chunks=[b"x" * BODY_MAX])
        assert (answer.status, answer.json) == (201, {"length": BODY_MAX})

    @pytest.mark.parametrize("path", ["/body", "/model", "/nowhere"])
    def test_one_that_says_that_it_is_longer_is_refused_and_never_reaches_the_route(self, app: FastAPI, path: str) -> None:
        answer = ask(app, "POST", path, headers={"Content-Length": str(BODY_MAX + 1)}, chunks=[b"x" * BODY_MAX, b"x"])
        assert refused(answer.status, answer.headers, answer.json, path)
        assert answer.ended

    @pytest.mark.parametrize("path", ["/body", "/model"])
    def test_one_that_does_not_say_is_refused_once_it_is_longer(self, app: FastAPI, path: str) -> None:
        answer = ask(app, "POST", path, headers={"Transfer-Encoding": "chunked"}, chunks=[b"x" * 1000] * 20)
        assert refused(answer.status, answer.headers, answer.json, path)
        assert answer.chunks_taken == 20, "what was still sent is thrown away, so that the answer arrives"

    def test_one_whose_last_piece_was_too_much_is_not_waited_for(self, app: FastAPI) -> None:
        answer = ask(app, "POST", "/body", chunks=[b"x" * (BODY_MAX + 1)])
        assert (answer.status, answer.ended) == (413, True)

    def test_a_sender_who_never_ends_is_not_waited_for_long(self, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(body_limit, "LINGER_SECONDS", 0.01)
        answer = ask(app, "POST", "/body", headers={"Content-Length": "20000000"}, chunks=[b"x"] * 3, goes_on=True)
        assert (answer.status, answer.ended, answer.chunks_taken) == (413, True, 3)

    def test_a_sender_who_asks_first_is_told_at_once(self, app: FastAPI) -> None:
        asking = {"Content-Length": "20000000", "Expect": "100-continue"}
        answer = ask(app, "POST", "/body", headers=asking, chunks=[], goes_on=True)
        assert (answer.status, answer.ended, answer.chunks_taken) == (413, True, 0)

    @pytest.mark.parametrize("length", ["-1", "many", "١٢", ""])
    def test_a_length_that_is_none_is_not_believed(self, app: FastAPI, length: str) -> None:
        given = {"Content-Length": length} if length.isascii() else {}
        assert ask(app, "POST", "/body", headers=given, chunks=[b"x" * 3000]).status == 413

    def test_an_answer_that_began_before_is_broken_off(self, app: FastAPI) -> None:
        with pytest.raises(RuntimeError, match="response already started"):
            ask(app, "POST", "/early", chunks=[b"x" * 1000] * 4)

    def test_one_that_is_read_in_several_places_is_refused_too(self, app: FastAPI) -> None:
        assert ask(app, "POST", "/both-at-once", chunks=[b"x" * 3000] * 2).status == 413


def refused(status: int, headers: dict[str, str], problem: dict[str, object], path: str) -> bool:
    assert (status, headers["content-type"], headers["connection"]) == (413, "application/problem+json", "close")
    assert int(headers["content-length"]) > 0
    assert (problem["type"], problem["status"], problem["instance"]) == ("/problems/content-too-large", 413, path)
    return str(BODY_MAX) in str(problem["detail"])


@pytest.mark.parametrize("path", ["/long/\ufffd", "/long/%", "/long/%zz", "/long/\x00", "/long/a\ufffd\ufffdb"])
@pytest.mark.parametrize("query", [b"", b"%", b"a=%ff%fe", b"%zz=%", b"\xff=\xfe", b"a=%00"])
def test_an_address_that_is_not_well_formed_is_no_failure_of_ours(app: FastAPI, path: str, query: bytes) -> None:
    assert ask(app, "GET", path, query=query).status == 200


def test_the_lifespan_passes_all_layers(app: FastAPI) -> None:
    sent: list[str] = []
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def live() -> None:
        async def receive() -> dict[str, str]:
            return next(messages)

        async def send(message: object) -> None:
            assert isinstance(message, dict)
            sent.append(message["type"])

        await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)

    asyncio.run(live())
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
