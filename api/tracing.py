"""Spans of our own, beside those that the framework makes of each request. Without a tracer that is set up they cost a microsecond."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace

from domain.clock import system_clock

NAME = "lifecycle-ledger"
APPEND, CATCH_UP, DELIVERY = "ledger.append", "views.catch_up", "notices.delivery"

Value = str | int | float | bool


@contextmanager
def span(name: str, attributes: Mapping[str, Value] | None = None) -> Iterator[trace.Span]:
    """Trace what is done in a block; what it raises is noted by its class alone, for its text may name somebody."""
    with trace.get_tracer(NAME).start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as own:
        try:
            yield own
        except Exception as error:
            own.set_attribute("error.type", type(error).__name__)
            raise


def done(name: str, began_ns: int, attributes: Mapping[str, Value] | None = None) -> None:
    """Trace what was done since an instant (`now_ns`): of work that is looked for often, and seldom there."""
    trace.get_tracer(NAME).start_span(name, attributes=attributes, start_time=began_ns).end()


def now_ns() -> int:
    """Return the present instant as spans count it: nanoseconds of Unix time."""
    return int(system_clock().timestamp() * 1_000_000) * 1_000


def trace_ids() -> tuple[str, str] | None:
    """Return the ids of the trace and the span that go on, as logs write them; none where nothing is traced."""
    context = trace.get_current_span().get_span_context()
    return (trace.format_trace_id(context.trace_id), trace.format_span_id(context.span_id)) if context.is_valid else None
