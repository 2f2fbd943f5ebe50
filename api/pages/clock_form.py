"""The form of the clocks: each has a slider over the moments at which something changed, and a field for any other instant."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from api.pages.clocks import Clocks, written
from api.pages.errors import FieldUnusable
from api.pages.shown import day_words

NOW = "now"
_STEP = "_step"
_SEEN = "_seen"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The moment before or after the one that is shown."""

    address: str
    day: str


@dataclass(frozen=True, slots=True)
class ClockField:
    """One clock of the form."""

    name: str
    legend: str
    label: str
    text: str
    """As typed: a day, an instant, or nothing for now."""
    steps: Sequence[str]
    """The moments of its slider, in order, with `now` in its place."""
    step: int
    earlier: Neighbour | None
    later: Neighbour | None
    now: str
    """The address of the same page with this clock at now."""


def clock_fields(
    path: str, parameters: Mapping[str, str], clocks: Clocks, now: datetime, valid: Iterable[datetime], known: Iterable[datetime]
) -> Sequence[ClockField]:
    """Make the fields of both clocks. `valid` and `known` are the moments at which something changes on each."""
    about = (
        ("valid_at", "In the world at", "Day or instant", clocks.valid_at, steps_of(valid, now)),
        ("known_at", "As known at", "Day or instant", clocks.known_at, steps_of((at for at in known if at <= now), now)),
    )
    return [_field(path, parameters, name, legend, label, at, steps, now) for name, legend, label, at, steps in about]


def steps_of(moments: Iterable[datetime], now: datetime) -> Sequence[str]:
    """Return moments as a slider steps through them: in order, and now among them."""
    ordered = sorted(set(moments))
    place = bisect_right(ordered, now)
    return [*map(written, ordered[:place]), NOW, *map(written, ordered[place:])]


def moved(path: str, parameters: Mapping[str, str], steps: Mapping[str, Sequence[str]]) -> str | None:
    """Return the address that a sent form stands for: a slider that was moved goes before what is typed. None: it is an address already.

    Raises:
        FieldUnusable: a slider's place is no number of one of its steps.
    """
    if not any(name + _STEP in parameters for name in steps):
        return None
    told = {name: text for name, text in parameters.items() if text.strip() and not name.endswith((_STEP, _SEEN))}
    for name, moments in steps.items():
        step, seen = parameters.get(name + _STEP, ""), parameters.get(name + _SEEN, "")
        if step == seen:
            continue
        if not (step.isascii() and step.isdecimal() and int(step[:9]) < len(moments)):
            raise FieldUnusable(name + _STEP, step, f"it is a number from 0 to {len(moments) - 1}")
        token = moments[int(step)]
        told.pop(name, None)
        if token != NOW:
            told[name] = token
    return path + (f"?{urlencode(told)}" if told else "")


def _field(
    path: str, parameters: Mapping[str, str], name: str, legend: str, label: str, at: datetime | None, steps: Sequence[str], now: datetime
) -> ClockField:
    def address(token: str) -> str:
        told = {**parameters, name: "" if token == NOW else token, "page": "", "cursor": ""}
        told = {key: value for key, value in told.items() if value}
        return path + (f"?{urlencode(told)}" if told else "")

    instants = [now if token == NOW else _instant(token) for token in steps]
    place = steps.index(NOW) if at is None else max(bisect_right(instants, at) - 1, 0)
    exactly = at is None or instants[place] == at
    before = place - 1 if exactly else (place if instants[place] < at else -1)  # type: ignore[operator]  # exact where there is none
    return ClockField(
        name,
        legend,
        label,
        "" if at is None else written(at),
        steps,
        place,
        _neighbour(steps, instants, before, address) if before >= 0 else None,
        _neighbour(steps, instants, place + 1, address) if place + 1 < len(steps) else None,
        address(NOW),
    )


def _neighbour(steps: Sequence[str], instants: Sequence[datetime], place: int, address: Callable[[str], str]) -> Neighbour:
    return Neighbour(address(steps[place]), NOW if steps[place] == NOW else day_words(instants[place].astimezone(UTC).date()))


def _instant(token: str) -> datetime:
    found = datetime.fromisoformat(token)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
