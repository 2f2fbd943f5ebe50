"""The log: one JSON object a line, whoever wrote it, with the request that it is about and nothing of its body."""

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest

from api.http import logs
from api.http.settings import LogFormat

SERVERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    servers = [(logging.getLogger(name), logging.getLogger(name).level) for name in SERVERS]
    yield
    root.handlers = handlers
    root.setLevel(level)
    for server, before in servers:
        server.setLevel(before)


def test_ours_and_the_servers_records_are_of_one_form(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogFormat.JSON)
    logs.log.info("answered", extra={"status": 201})
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    ours, servers = map(json.loads, capsys.readouterr().err.splitlines())
    assert (ours.pop("time") < servers.pop("time"), ours, servers) == (
        True,
        {"event": "answered", "level": "info", "logger": "lifecycle", "status": 201},
        {"event": "Invalid HTTP request received.", "level": "warning", "logger": "uvicorn.error"},
    )


def test_a_record_names_the_request_that_it_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogFormat.JSON)
    known = logs.request_id.set("r-1")
    logs.log.info("answered")
    logs.request_id.reset(known)
    logs.log.info("stopped")
    told = [json.loads(line).get("request_id") for line in capsys.readouterr().err.splitlines()]
    assert told == ["r-1", None]


@pytest.mark.parametrize("form", LogFormat)
def test_a_failure_is_told_with_its_place_and_without_the_values_of_variables(form: LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(form)
    try:
        body = "of a request"
        int(body[:0] + "x")
    except ValueError:
        logs.log.exception("failed")
    told = capsys.readouterr().err
    assert "ValueError" in told
    assert __file__.rpartition("/")[2] in told
    assert "'of a request'" not in told
    assert (told.count("\n") == 1) == (form is LogFormat.JSON)


def test_requests_that_the_stop_has_ended_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(LogFormat.JSON)
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=asyncio.CancelledError())
    logging.getLogger("uvicorn.error").error("Cancel 1 running task(s), timeout graceful shutdown exceeded")
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=OSError("what a cancelled task left behind"))
    logging.getLogger("uvicorn.error").info("Shutting down")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == [
        "Cancel 1 running task(s), timeout graceful shutdown exceeded"
    ]
