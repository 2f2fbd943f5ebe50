"""Going on with a stream of events where it was cut, however early that was, and what cannot be gone on with."""

import socket

import pytest

from domain.events import Position
from domain.stages import Stage
from tests.api.http.test_streams import STREAM, Client, Running, append, path, server
from tests.ledgers import announce, list_model

__all__ = ["path", "server"]

FIRST_BLOCK = b"retry: 1000\n\n"
ENDS_HEADERS = b"\r\n\r\n"


def last_id(client: Client) -> Position:
    """Return what a browser would send as Last-Event-ID: of the last block that came whole, with data or without."""
    whole = client.body.rpartition(b"\n\n")[0].decode().split("\n")
    return int([line for line in whole if line.startswith("id: ")][-1].removeprefix("id: "))


def test_a_client_that_is_cut_before_its_first_event_misses_nothing(server: Running) -> None:
    server.ledger.execute(list_model())
    cut = server.open()
    cut.until(FIRST_BLOCK)
    assert (last_id(cut), cut.events()) == (1, [])
    cut.socket.close()
    append(server.ledger, 3)
    again = server.open(Last_Event_ID=str(last_id(cut)))
    again.until(b"id: 4\n\n")
    assert [event["id"] for event in again.events()] == ["2", "3", "4"]


def test_the_id_goes_before_the_parameter(server: Running) -> None:
    server.ledger.execute(list_model())
    append(server.ledger, 3)
    again = server.open(f"{STREAM}?after=0", Last_Event_ID="3")
    again.until(b"id: 4\n\n")
    assert [event["id"] for event in again.events()] == ["4"]


def test_a_client_of_some_streams_goes_on_wherever_it_is_cut(server: Running) -> None:
    server.ledger.execute(list_model())
    server.ledger.execute(list_model(scope={"version": "2"}))
    assert [answer.result() for answer in [server.ledger.submit(announce(label=Stage.LEGACY, announced_at=None)) for _ in range(400)]]
    asked, got = f"{STREAM}?after=0&stream=model:azure/mistral-l", list[int]()
    while not got or got[-1] < 402:
        client = server.open(asked, **({"Last_Event_ID": str(got[-1])} if got else {}))
        while len(client.taken) < 20_011 and not client.body.endswith(b"id: 402\n\n"):
            client.take(997)
        client.socket.close()
        got += [int(event["id"]) for event in client.events()]
    assert got == list(range(1, 403))


@pytest.mark.parametrize("position", ["2", "9223372036854775807"])
@pytest.mark.parametrize("by_header", [True, False])
def test_a_position_that_is_not_there_is_refused(server: Running, position: str, *, by_header: bool) -> None:
    server.ledger.execute(list_model())
    asked = {"Last_Event_ID": position} if by_header else {}
    told = server.open(STREAM if by_header else f"{STREAM}?after={position}", Connection="close", **asked).rest()
    assert told.startswith(b"HTTP/1.1 422 ")
    assert b'"type":"/problems/position-ahead"' in told


@pytest.mark.parametrize("number", ["9223372036854775808", "9" * 5000, "0x1", "²"])
def test_what_is_no_position_is_refused(server: Running, number: str) -> None:
    told = server.open(Connection="close", Last_Event_ID=number).rest()
    assert told.startswith(b"HTTP/1.1 422 ")
    assert b'"type":"/problems/invalid-name"' in told


def test_a_stream_of_what_is_not_there_yet_is_refused_after_a_while(server: Running) -> None:
    server.service.wait_seconds = 0.01
    told = server.open(f"{STREAM}?min_position=1", Connection="close").rest()
    assert told.startswith(b"HTTP/1.1 503 ")
    assert b"/problems/position-not-reached" in told


def test_a_client_that_vanishes_in_the_middle_of_much_leaves_nothing_behind(server: Running) -> None:
    server.ledger.execute(list_model())
    long = [announce(label=Stage.LEGACY, notes=f"{n} {'long ' * 1900}", announced_at=None) for n in range(300)]
    assert [answer.result() for answer in [server.ledger.submit(command) for command in long]]
    clients = []
    for _ in range(5):
        opened = socket.socket()
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        opened.connect(("127.0.0.1", server.port))
        opened.sendall(f"GET {STREAM}?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        clients.append(opened)
    server.wait_for_streams(5)
    for client in clients:
        assert client.recv(100)
        client.close()
    server.wait_for_streams(0)


def test_after_a_head_the_connection_can_be_used(server: Running) -> None:
    client = Client(socket.create_connection(("127.0.0.1", server.port), 30))
    client.socket.sendall(f"HEAD {STREAM} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert client.until(ENDS_HEADERS).startswith(b"HTTP/1.1 200 ")
    client.taken = b""
    client.socket.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert client.until(b'"ok"').startswith(b"HTTP/1.1 200 ")
    client.socket.close()
    server.wait_for_streams(0)
