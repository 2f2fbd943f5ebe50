"""The service as people run it: processes on the loopback that start, are asked, are ended, and lose nothing."""

import http.client
import json
import resource
import signal
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import count
from threading import Thread
from time import monotonic, sleep

import pytest

from domain.ledger import Ledger
from domain.store.sqlite import SqliteStore
from domain.subjects import SubjectKey
from tests.api.http.processes import END_SECONDS, Served, answer, listing
from tests.cli import Shell
from tests.ledgers import announce, list_model

QUESTION = "/v1/models/azure/mistral-large/stage?valid_at=2025-01-20"
STREAM = "/v1/events/stream?after=0"
WRITERS = 8
SMALL = {"LIFECYCLE_MAX_BODY_BYTES": "65536", "LIFECYCLE_GRACEFUL_SECONDS": "3"}


@pytest.fixture
def served(shell: Shell) -> Iterator[Served]:
    with Served(shell, settings=SMALL) as running:
        yield running


@pytest.fixture(scope="module")
def shared_shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell(tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def shared(shared_shell: Shell) -> Iterator[Served]:
    """One service for tests that do not end it; each has models of its own."""
    with Served(shared_shell, settings=SMALL) as running:
        yield running
        running.signal()
        assert running.ended() == 0


def until(reached: Callable[[], bool]) -> None:
    end = monotonic() + END_SECONDS
    while not reached():
        assert monotonic() < end, "it never came"
        sleep(0.02)


def post(served: Served, model: str, key: str) -> tuple[int, dict[str, str], bytes]:
    return served.ask("/v1/models", method="POST", body=listing(model), headers={"Idempotency-Key": key})


class TestStart:
    def test_it_says_where_it_is_and_where_its_documentation_is(self, served: Served) -> None:
        assert f"http://127.0.0.1:{served.port}/docs" in served.lines[0]
        status, headers, _ = served.ask("/healthz")
        assert status == 200
        assert "server" not in headers
        served.signal()
        assert served.ended() == 0
        assert [record["event"] for record in served.records()] == ["started", "stopped"]

    def test_the_sample_is_answered_and_leaves_nothing_behind(self, shell: Shell) -> None:
        before = set(shell.home.iterdir())
        with Served(shell, "--demo") as served:
            assert served.get(QUESTION)["stage"] == "deprecated"
            served.signal(signal.SIGINT)
            assert served.ended() == 0
        assert set(shell.home.iterdir()) == before

    def test_a_taken_port_is_told_in_a_sentence(self, shell: Shell) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as taken:
            found = shell.lifecycle("serve", "--database", "sqlite:///l.db", "--port", str(taken.getsockname()[1]))
        assert (found.code, found.out) == (5, "")
        assert found.err.endswith("address already in use. Name another with --port or --host; port 0 takes any free one.\n")
        assert not (shell.home / "l.db").exists()

    @pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1", "a" * 80, ""])
    def test_a_host_that_is_not_ours_is_told_in_a_sentence(self, shell: Shell, host: str) -> None:
        found = shell.lifecycle("serve", "--database", "sqlite:///l.db", "--host", host)
        assert found.code in {2, 5}
        assert found.err.startswith(("lifecycle: Cannot listen at ", "lifecycle: LIFECYCLE_HOST cannot be ''"))
        assert found.err.count("\n") == 1

    def test_a_typing_error_in_an_option_is_told(self, shell: Shell) -> None:
        found = shell.lifecycle("serve", "--prot", "8000")
        assert found.code == 2
        assert "--prot" in found.err

    def test_a_setting_that_cannot_be_is_told_by_its_name(self, shell: Shell) -> None:
        found = shell.lifecycle("serve", env={"LIFECYCLE_TICK_SECONDS": "often"})
        assert (found.code, found.err.count("\n")) == (2, 1)
        assert found.err.startswith("lifecycle: LIFECYCLE_TICK_SECONDS cannot be 'often': ")

    def test_a_file_that_is_no_ledger_is_told_and_left_as_it_is(self, shell: Shell) -> None:
        (shell.home / "notes.db").write_text("these are my notes, " * 100)
        found = shell.lifecycle("serve", "--database", "sqlite:///notes.db", "--port", "0")
        assert (found.code, found.err.count("\n")) == (5, 1)
        assert (shell.home / "notes.db").read_text() == "these are my notes, " * 100

    def test_a_ledger_of_a_later_version_is_told(self, shell: Shell) -> None:
        SqliteStore(shell.home / "ledger.db").close()
        with closing(sqlite3.connect(shell.home / "ledger.db")) as connection:
            connection.execute("PRAGMA user_version = 999")
            connection.commit()
        found = shell.lifecycle("serve", "--database", "sqlite:///ledger.db", "--port", "0")
        assert (found.code, found.err.count("\n")) == (5, 1)
        assert "schema version 999" in found.err

    def test_the_help_needs_no_web_framework(self, shell: Shell) -> None:
        found = shell.lifecycle("serve", "--help")
        assert found.code == 0
        assert "--demo" in found.out


class TestEnd:
    def test_under_load_no_acknowledged_write_is_lost(self, shell: Shell, served: Served) -> None:
        acknowledged: list[tuple[str, int]] = []

        def write(writer: int) -> None:
            connection = served.connection()
            try:
                for number in count():
                    key = f"{writer}-{number}"
                    status, _, body = answer(connection, "POST", "/v1/models", listing(f"m{key}"), {"Idempotency-Key": key})
                    assert status == 201, body
                    acknowledged.append((key, json.loads(body)["position"]))
            except (OSError, http.client.HTTPException):
                return
            finally:
                connection.close()

        writers = [Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
        for writer in writers:
            writer.start()
        until(lambda: len(acknowledged) > 5 * WRITERS)
        served.signal()
        assert served.ended() == 0
        for writer in writers:
            writer.join(END_SECONDS)
        with closing(SqliteStore(shell.home / "ledger.db", read_only=True)) as store:
            streams = {entry.position: entry.stream for entry in store.log()}
            assert all(streams[position] == f"model:azure/m{key}" for key, position in acknowledged)
            assert all(store.kept(key) is not None for key, _ in acknowledged)

    def test_event_streams_end_cleanly_and_at_once(self, served: Served) -> None:
        post(served, "a", "k1")
        with ExitStack() as held:
            streams = [held.enter_context(served.open(STREAM)) for _ in range(50)]
            begun = [stream.recv(65536) for stream in streams]
            assert all(b" 200 " in begin for begin in begun)
            started = monotonic()
            served.signal()
            assert all(rest(stream).endswith(b"0\r\n\r\n") for stream in streams), "the last chunk of a body that is whole"
            assert served.ended() == 0
        assert monotonic() - started < END_SECONDS

    def test_a_reader_who_never_reads_costs_no_memory_harms_nobody_and_holds_nothing_up(self, shell: Shell) -> None:
        fill(shell, models=4000, notes_length=4000)
        with Served(shell, settings=SMALL) as served, ExitStack() as held:
            until(lambda: all(view["lag"] == 0 for view in served.get("/readyz")["views"]))
            before = served.memory()
            for _ in range(5):
                assert held.enter_context(served.open(STREAM, buffer=4096)).recv(1000)
            until(served.quiet)
            for _ in range(50):
                assert served.get("/v1/models/azure/m1/stage")["stage"] == "generally_available"
            assert served.memory() - before < 60 * 2**20, "a few pages for each; five times the log is 120 MB"
            served.signal()
            assert served.ended() == 0

    def test_a_request_that_never_ends_does_not_hold_it_up_for_ever(self, served: Served) -> None:
        with closing(socket.create_connection(("127.0.0.1", served.port))) as half:
            half.sendall(b"POST /v1/models HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: k\r\nContent-Length: 100\r\n\r\n{")
            served.get("/healthz")
            served.signal()
            assert served.ended() == 0


class TestLoad:
    def test_a_thousand_quiet_streams_leave_room_for_questions(self, served: Served) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        many = min(1000, (soft if hard == resource.RLIM_INFINITY else min(soft, hard)) - 200)
        post(served, "a", "k1")
        with ExitStack() as held:
            for _ in range(many):
                held.enter_context(served.open(STREAM))
            until(lambda: f"lifecycle_streams_open {many}.0" in served.ask("/metrics")[2].decode())
            for number in range(5):
                assert served.get("/v1/models/azure/a/stage")["stage"] == "generally_available"
                assert post(served, f"b{number}", f"b{number}")[0] == 201
            served.signal()
            assert served.ended() == 0

    def test_a_body_of_20_megabytes_is_refused_and_the_service_lives(self, shared: Served) -> None:
        before, piece = shared.memory(), b"x" * 100_000
        for length in ({"Content-Length": str(200 * len(piece))}, {}):
            with closing(shared.connection()) as connection:
                sent = {"Content-Type": "application/json", "Idempotency-Key": "k", **length}
                connection.request("POST", "/v1/models", (piece for _ in range(200)), sent, encode_chunked=not length)
                response = connection.getresponse()
                problem = json.loads(response.read())
            assert (response.status, response.headers["content-type"]) == (413, "application/problem+json")
            assert (problem["type"], response.headers["connection"]) == ("/problems/content-too-large", "close")
        assert shared.memory() - before < 10 * 2**20
        assert post(shared, "large", "large")[0] == 201

    def test_an_address_that_is_not_well_formed_is_the_senders_mistake(self, shared: Served) -> None:
        for address in (b"/v1/models/azure/%ff%fe/stage", b"/v1/models/azure/%/stage", b"/%zz?%", b"/\xff\xfe?\xff", b"/a?%ff=%00"):
            with closing(socket.create_connection(("127.0.0.1", shared.port), timeout=END_SECONDS)) as client:
                client.sendall(b"GET " + address + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                assert rest(client).split(b" ")[1].startswith(b"4"), address
        assert shared.ask("/healthz")[0] == 200


class TestOtherProcesses:
    def test_what_the_command_line_appends_is_seen_by_the_next_question(self, shared_shell: Shell, shared: Served) -> None:
        post(shared, "moved", "moved")
        for day in ("2035-01-01", "2036-01-01"):
            command = ("announce", "azure/moved", "--source", "mail", "--retired", day)
            assert shared_shell.lifecycle(*command, "--database", "sqlite:///ledger.db").code == 0
            assert day in json.dumps(shared.get("/v1/models/azure/moved/stage"))

    def test_after_kill_9_the_next_one_has_every_write_and_its_views_catch_up(self, shell: Shell) -> None:
        with Served(shell) as first:
            positions = [json.loads(post(first, f"m{number}", f"k{number}")[2])["position"] for number in range(20)]
            first.signal(signal.SIGKILL)
            assert first.process.wait(END_SECONDS) == -signal.SIGKILL
        with Served(shell) as second:
            until(lambda: all(view["lag"] == 0 for view in second.get("/readyz")["views"]))
            replayed = [json.loads(post(second, f"m{number}", f"k{number}")[2])["position"] for number in range(20)]
        assert replayed == positions == list(range(1, 21))


def rest(stream: socket.socket) -> bytes:
    found = b""
    while piece := stream.recv(65536):
        found = (found + piece)[-200_000:]
    return found


def fill(shell: Shell, *, models: int, notes_length: int) -> None:
    """Make a ledger that is longer than the network holds between two ends."""
    with closing(SqliteStore(shell.home / "ledger.db")) as store:
        ledger = Ledger(store, "tester")
        keys = [SubjectKey.of("azure", f"m{number}") for number in range(models)]
        listed = [ledger.submit(list_model(key, name=key.model)) for key in keys]
        announced = [ledger.submit(announce(key, retired="2045-04-15", notes="n" * notes_length)) for key in keys]
        for receipt in (*listed, *announced):
            receipt.result()
