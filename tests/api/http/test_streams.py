"""The stream of events, read from a server that is really there: what is missed, what is repeated, and what is left behind."""

import asyncio
import json
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import uvicorn
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from cloudevents.core.formats.json import JSONFormat

from api.http.app import create_app
from api.http.background import between_requests
from api.http.service import Service
from api.http.settings import HttpSettings
from domain.ledger import Ledger
from domain.stages import Stage
from domain.store.sqlite import SqliteStore
from tests.ledgers import announce, list_model
from tests.projections.tables.logs import damage

SECONDS = 30
STREAM = "/v1/events/stream"


@dataclass
class Running:
    """A service on a socket of its own, on a thread."""

    ledger: Ledger
    service: Service
    port: int
    loop: asyncio.AbstractEventLoop
    clients: list["Client"] = field(default_factory=list)

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self.service.end)

    def open(self, path: str = STREAM, method: str = "GET", **headers: str) -> "Client":
        client = Client(socket.create_connection(("127.0.0.1", self.port), SECONDS))
        self.clients.append(client)
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        client.socket.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
        return client

    def wait_for_streams(self, number: int) -> None:
        give_up = Event()
        for _ in range(SECONDS * 20):
            if self.service.counters.streams_open == number:
                return
            give_up.wait(0.05)
        raise AssertionError(self.service.counters.streams_open)


@dataclass
class Client:
    """A connection whose bytes are taken as they come."""

    socket: socket.socket
    taken: bytes = b""

    def take(self, most: int = 65_536) -> bytes:
        more = self.socket.recv(most)
        self.taken += more
        return more

    def until(self, text: bytes) -> bytes:
        while text not in self.taken:
            assert self.take(), self.taken
        return self.taken

    def rest(self) -> bytes:
        while self.take():
            pass
        return self.taken

    @property
    def body(self) -> bytes:
        """What came after the headers, without the lengths of its chunks."""
        _, _, chunks = self.taken.partition(b"\r\n\r\n")
        body = b""
        while chunks:
            length, _, chunks = chunks.partition(b"\r\n")
            size = int(length or b"0", 16)
            body, chunks = body + chunks[:size], chunks[size + 2 :]
        return body

    def events(self) -> list[dict[str, Any]]:
        """Return the events that came whole."""
        found = []
        for block in self.body.decode(errors="ignore").split("\n\n")[:-1]:
            fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":") and ": " in line)
            if "data" in fields:
                found.append({**fields, "data": json.loads(fields["data"])})
        return found


@contextmanager
def running(path: Path, *, heartbeat_seconds: float = 15.0) -> Iterator[Running]:
    store = SqliteStore(path)
    ready: Event = Event()
    held: list[Running] = []
    listener = socket.create_server(("127.0.0.1", 0))

    async def serve() -> None:
        ledger = Ledger(store, "tester")
        service = Service(ledger, heartbeat_seconds=heartbeat_seconds)
        config = uvicorn.Config(create_app(service, HttpSettings()), log_config=None, lifespan="on", timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        held.append(Running(ledger, service, listener.getsockname()[1], asyncio.get_running_loop()))
        ready.set()
        async with between_requests(service):
            ending = asyncio.create_task(service.stopping.wait())
            serving = asyncio.create_task(server._serve([listener]))
            await ending
            server.should_exit = True
            await serving

    thread = Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(SECONDS)
    try:
        yield held[0]
    finally:
        for client in held[0].clients:
            client.socket.close()
        held[0].end()
        thread.join(SECONDS)
        store.close()
        assert not thread.is_alive()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def server(path: Path) -> Iterator[Running]:
    with running(path) as found:
        yield found


def append(ledger: Ledger, number: int = 1) -> None:
    for n in range(number):
        ledger.execute(announce(label=Stage.LEGACY, notes=f"note {n} of {ledger.store.head().position}", announced_at=None))


def test_a_client_that_is_cut_20_times_misses_and_repeats_nothing(server: Running) -> None:
    server.ledger.execute(list_model())
    append(server.ledger, 20)
    chance = random.Random(7)  # noqa: S311  # it cuts the same each time
    total, got = 141, list[int]()
    appending = Thread(target=append, args=(server.ledger, total - 21), daemon=True)
    appending.start()
    cuts = 0
    while not got or got[-1] < total:
        client = server.open(STREAM if got else f"{STREAM}?after=0", **({"Last_Event_ID": str(got[-1])} if got else {}))
        last_cut, allowed = cuts >= 20, chance.randrange(200, 9000)
        while last_cut or len(client.taken) < allowed:
            client.take(chance.randrange(1, 500) if not last_cut else 65_536)
            if (received := client.events()) and int(received[-1]["id"]) == total:
                break
        client.socket.close()
        got += [int(event["id"]) for event in client.events()]
        cuts += 1
        if got and got[-1] >= total and cuts < 20:
            append(server.ledger, 5)
            total += 5
    appending.join(SECONDS)
    assert cuts >= 20
    assert got == list(range(1, total + 1))


def test_it_begins_at_the_head_and_tells_what_is_appended_by_another_process(server: Running, path: Path) -> None:
    server.ledger.execute(list_model())
    client = server.open()
    client.until(b"following")
    other = SqliteStore(path)
    append(Ledger(other, "somebody else"))
    other.close()
    client.until(b"id: 2\n\n")
    (event,) = client.events()
    assert (event["event"], event["id"], event["data"]["actor"]) == ("RetirementAnnounced", "2", "somebody else")


def test_its_events_are_cloud_events(server: Running) -> None:
    server.ledger.execute(list_model())
    client = server.open(f"{STREAM}?after=0")
    client.until(b"id: 1\n\n")
    (event,) = client.events()
    message = HTTPMessage({"content-type": "application/cloudevents+json"}, json.dumps(event["data"]).encode())
    read = from_structured_event(message, JSONFormat())
    assert (read.get_id(), read.get_type()) == ("1", "lifecycle-ledger.ModelListed.v1")
    assert read.get_extension("recordedtime") == event["data"]["recordedtime"]


def test_only_the_streams_that_are_asked_for(server: Running) -> None:
    server.ledger.execute(list_model())
    server.ledger.execute(list_model(scope={"version": "2"}, name="Mistral-large"))
    client = server.open(f"{STREAM}?after=0&stream=model:azure/mistral-s")
    client.until(b"following")
    append(server.ledger, 3)
    again = server.open(f"{STREAM}?after=1&stream=model:azure/mistral-large")
    again.until(b"id: 5\n\n")
    assert client.events() == []
    assert [event["id"] for event in again.events()] == ["2", "3", "4", "5"]


def test_a_quiet_stream_shows_that_it_is_alive(path: Path) -> None:
    with running(path, heartbeat_seconds=0.05) as server:
        client = server.open()
        while client.body.count(b": ping") < 3:
            assert client.take()


@pytest.mark.parametrize(
    ("asked", "headers", "named"),
    [
        (STREAM, {"Last_Event_ID": "seven"}, b"Last-Event-ID"),
        (STREAM, {"Last_Event_ID": "-1"}, b"Last-Event-ID"),
        (f"{STREAM}?after=x", {}, b"after"),
        (f"{STREAM}?until=3", {}, b"until"),
    ],
)
def test_what_cannot_be_followed_is_refused_before_it_begins(server: Running, asked: str, headers: dict[str, str], named: bytes) -> None:
    client = server.open(asked, Connection="close", **headers)
    told = client.rest()
    assert told.startswith(b"HTTP/1.1 422 ")
    assert b"application/problem+json" in told
    assert named in told


def test_clients_that_vanish_leave_nothing_behind(server: Running) -> None:
    clients = [server.open() for _ in range(10)]
    for client in clients:
        client.until(b"following")
    server.wait_for_streams(10)
    for client in clients:
        client.socket.close()
    server.wait_for_streams(0)


def test_the_end_of_the_service_ends_the_streams(server: Running) -> None:
    client = server.open()
    client.until(b"following")
    server.end()
    assert client.rest().endswith(b"0\r\n\r\n"), "it ended in the middle"


def test_head_does_not_hang(server: Running) -> None:
    assert server.open(method="HEAD", Connection="close").rest().startswith(b"HTTP/1.1 200 ")
    server.wait_for_streams(0)


def test_an_entry_that_cannot_be_read_ends_the_stream_after_all_before_it(server: Running, path: Path) -> None:
    server.ledger.execute(list_model())
    append(server.ledger, 2)
    damage(path, 3)
    client = server.open(f"{STREAM}?after=0", Connection="close")
    client.rest()
    assert [event.get("id") for event in client.events()] == ["1", "2", None]
    assert client.events()[-1]["event"] == "problem"
    assert client.events()[-1]["data"]["type"] == "/problems/entry-unreadable"
