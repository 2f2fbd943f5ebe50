"""Events to and from the bytes that are kept: a topic, and canonical JSON."""

from eventsourcing.utils import register_topic
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from domain.errors import LedgerError
from domain.event_types import EVENT_TYPES
from domain.events import Event
from domain.store.errors import UnreadableEvent, UnwritableEvent

_TYPES: dict[str, type[Event]] = {event_type.topic: event_type for event_type in EVENT_TYPES}

for _topic, _type in _TYPES.items():
    register_topic(_topic, _type)

# What stored bytes can provoke: the fields' own readers expect values of the right type, and say so in the way of Python.
_UNREADABLE = (ValidationError, LedgerError, ValueError, TypeError, AttributeError)


def encode(event: Event) -> tuple[str, bytes]:
    """Return an event's topic and canonical bytes: UTF-8 JSON with sorted keys and no spaces.

    Raises:
        UnwritableEvent: its type is not registered, or it holds text that is not Unicode.
    """
    topic = event.topic
    if _TYPES.get(topic) is not type(event):
        raise UnwritableEvent(topic, f"{type(event).__name__} is not registered under this topic")
    try:
        return topic, event.__pydantic_serializer__.to_json(event)  # What model_dump_json calls, less a detour by way of text.
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise UnwritableEvent(topic, str(error)) from error


def decode(topic: str, state: bytes, *, position: int, stream: str) -> Event:
    """Return the event that stands at a position.

    Raises:
        UnreadableEvent: the topic is not registered, or the bytes are not such an event.
    """
    event_type = _TYPES.get(topic)  # The library would import whatever module an unknown topic names.
    if event_type is None:
        raise UnreadableEvent(position, stream, str(topic), "this version does not know events of this name")
    # An older topic's upcaster goes here, between the bytes and the type.
    try:
        event: Event = event_type.__pydantic_validator__.validate_json(state)  # What model_validate_json calls, less a detour.
    except _UNREADABLE as error:
        raise UnreadableEvent(position, stream, topic, _first_line(error)) from error
    return event


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc'])) or 'the JSON'}: {first['msg']}"
    return str(error)
