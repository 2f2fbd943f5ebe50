"""Traces: of requests by the framework, of appends, views and deliveries by us; their ids stand in the log."""

import json
import logging
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from unittest.mock import patch

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.http import logs
from api.tracing import APPEND, CATCH_UP, DELIVERY, done, now_ns, span, trace_ids
from tests.api.http.apps import LISTING, site
from tests.api.http.processes import Served, listing
from tests.cli import Shell

SECONDS = 30


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """What is traced; the process has no tracer of its own."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with patch.object(trace, "get_tracer", provider.get_tracer):
        yield kept


def named(spans: InMemorySpanExporter) -> Sequence[tuple[str, dict[str, object]]]:
    return [(found.name, dict(found.attributes or {})) for found in spans.get_finished_spans()]


def test_an_append_is_traced_with_its_command_and_never_with_what_it_says(spans: InMemorySpanExporter) -> None:
    with site() as found:
        found.post("/v1/models", LISTING)
        found.post("/v1/models", LISTING, status=409)
    assert named(spans) == [
        (APPEND, {"command": "ListModel", "entries": 1}),
        (APPEND, {"command": "ListModel", "error.type": "AlreadyListed"}),
    ]
    assert not any(each.events for each in spans.get_finished_spans())


def test_what_was_done_is_traced_from_its_beginning(spans: InMemorySpanExporter) -> None:
    began = now_ns()
    done(DELIVERY, began, {"attempts": 3})
    (found,) = spans.get_finished_spans()
    assert isinstance(found, ReadableSpan)
    assert (found.name, found.start_time) == (DELIVERY, began)


def test_the_log_names_the_trace_that_goes_on(spans: InMemorySpanExporter) -> None:
    assert trace_ids() is None
    with span("outer"):
        ids = trace_ids()
        event = logs._add_request(logging.getLogger(), "info", {})
    assert ids
    assert (event["trace_id"], event["span_id"]) == ids
    assert spans.get_finished_spans()


def test_a_service_sends_its_traces_where_it_is_told_to(tmp_path: Path) -> None:
    received, views = list[bytes](), Event()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(body)
            if CATCH_UP.encode() in b"".join(received) and APPEND.encode() in b"".join(received):
                views.set()
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    settings = {
        "LIFECYCLE_TRACING": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    try:
        with Served(Shell(tmp_path), settings=settings) as served:
            status, _, body = served.ask("/v1/models", method="POST", body=listing("m"), headers={"Idempotency-Key": "k"})
            assert status == 201, body
            assert views.wait(SECONDS)
            written = [record for record in served.records() if record["event"] == "answered"]
            served.signal()
            assert served.ended() == 0
    finally:
        server.shutdown()
        server.server_close()
    assert "trace_id" in json.dumps(written), written
