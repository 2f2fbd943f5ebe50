"""Events to bytes and back, and bytes that are no events."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.event_types import EVENT_TYPES
from domain.events import Event
from domain.store.codec import decode, encode
from domain.store.errors import UnreadableEvent, UnwritableEvent
from tests.controls import CONTROLS, FLOOR

GOLDEN = Path(__file__).parents[2] / "golden"
TOPICS = sorted(CONTROLS)


def decoded(topic: str, state: bytes) -> Event:
    return decode(topic, state, position=17, stream="model:azure/mistral-large")


def test_every_event_has_an_example_and_golden_bytes() -> None:
    assert TOPICS == sorted(event_type.topic for event_type in EVENT_TYPES) == sorted(path.stem for path in GOLDEN.glob("*.json"))


@pytest.mark.parametrize("topic", TOPICS)
def test_the_stored_bytes_never_change(topic: str) -> None:
    golden = (GOLDEN / f"{topic}.json").read_bytes()
    assert encode(CONTROLS[topic]) == (topic, golden)
    assert decoded(topic, golden) == CONTROLS[topic]


@pytest.mark.parametrize("event", [*CONTROLS.values(), FLOOR], ids=str)
def test_bytes_are_canonical(event: Event) -> None:
    _, state = encode(event)
    assert state == json.dumps(json.loads(state), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert decoded(event.topic, state) == event


@pytest.mark.parametrize(
    "topic", ["", "Unknown.v1", "ModelListed.v2", "antigravity:fly", "os:system", "domain.events:ModelListed", "json.tool"]
)
def test_an_unknown_topic_is_refused_and_imports_nothing(topic: str) -> None:
    loaded = set(sys.modules)
    with pytest.raises(UnreadableEvent) as refused:
        decoded(topic, b"{}")
    assert (refused.value.position, refused.value.stream, refused.value.topic) == (17, "model:azure/mistral-large", topic)
    assert set(sys.modules) == loaded


def hostile() -> list[bytes]:
    """The golden bytes of an announcement, with each field left out, doubled or of another type, and things that are no JSON."""
    golden = json.loads((GOLDEN / "RetirementAnnounced.v1.json").read_bytes())
    wrong: list[Any] = [None, 5, -1.5, True, "", "x", [], [[]], {}, {"a": []}, 10**400]
    changed = [{**golden, field: value} for field in ("announced_at", "key", "source") for value in wrong]
    scopes = [{**golden, "scope": value} for value in wrong if value and not isinstance(value, dict)]
    dates = [{**golden, "legacy": value} for value in wrong if value is not None]
    moments = [{**golden, "legacy": {"kind": "on", "raw": None, "value": value}} for value in wrong]
    missing = [{name: value for name, value in golden.items() if name != field} for field in golden]
    texts = [json.dumps(body).encode() for body in [*changed, *scopes, *dates, *moments, *missing, {**golden, "more": 1}]]
    return [*texts, b"", b"null", b"[]", b"{", b"\xff\xfe", b"\x00", b"[" * 100_000, b'{"a":' * 100_000, b'"\\ud800"']


@pytest.mark.parametrize("state", hostile(), ids=lambda state: state[:40].decode(errors="replace"))
def test_hostile_bytes_surface_as_our_error(state: bytes) -> None:
    with pytest.raises(UnreadableEvent, match="Entry 17"):
        decoded("RetirementAnnounced.v1", state)


@given(
    st.sampled_from(TOPICS),
    st.binary()
    | st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)).map(
        lambda value: json.dumps(value).encode()
    ),
)
def test_no_bytes_escape_as_another_error(topic: str, state: bytes) -> None:
    with pytest.raises(UnreadableEvent):
        decoded(topic, state)


def test_an_event_of_an_unregistered_type_is_not_written() -> None:
    class Lookalike(Event):
        topic = "ModelListed.v1"

    with pytest.raises(UnwritableEvent, match="Lookalike"):
        encode(Lookalike())


def test_text_that_is_not_unicode_is_not_written() -> None:
    broken = CONTROLS["AnnouncementWithdrawn.v1"].model_copy(update={"reason": "\ud800"})
    with pytest.raises(UnwritableEvent, match=r"AnnouncementWithdrawn\.v1"):
        encode(broken)
