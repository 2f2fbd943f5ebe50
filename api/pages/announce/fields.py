"""The fields of the form: what was filled in, and the command that it asks for, or what is wrong with which field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

from domain.commands import Announce, OnPolicyBreach
from domain.dates import AnyDate, firm, no_date, not_before
from domain.errors import LedgerError
from domain.instants import parse_instant
from domain.names import readable_name
from domain.stages import PLANNED_STAGES, Stage
from domain.subjects import WHOLE, Scope, SubjectKey, parse_subject
from domain.values import Source

KINDS = {"": "nothing said", "on": "on", "not_before": "not before", "month": "within the month", "withdrawn": "date withdrawn"}
"""How a date can be stated."""
SCOPE_PARTS = {"version": "Version", "region": "Region", "deployment_type": "Deployment type"}
DATES = tuple(name for stage in PLANNED_STAGES for name in (f"{stage}_kind", f"{stage}_date"))
NAMES = (
    "model",
    *(f"scope_{part}" for part in SCOPE_PARTS),
    *DATES,
    "label",
    "replacements",
    "source_name",
    "source_address",
    "announced_at",
    "on_policy_breach",
)
_MONTH_LENGTH = len("2025-04")
_LENGTH_MAX = 400
_ADDRESS_MAX = 2000
_REPLACEMENTS_MAX = 100

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it was filled in, and what it asks for."""

    texts: Mapping[str, str]
    subject: tuple[SubjectKey, Scope] | None
    """None: the model cannot be read."""
    command: Announce | None
    """None: there are errors."""
    errors: Mapping[str, str]
    """By field, in the order of the form."""


@dataclass
class _Reader:
    texts: Mapping[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.texts.get(name, "").strip()

    def take(self, name: str, read: Callable[[str], Read]) -> Read | None:
        """Read a field, or note what is wrong with it."""
        try:
            return read(self.text(name))
        except LedgerError as refused:
            self.errors[name] = refused.sentence
        except _Wrong as wrong:
            self.errors[name] = str(wrong)
        return None


class _Wrong(Exception):  # it ends the reading of one field, and is told beside it
    """What is wrong with a field, in words."""


def blank(model: str = "") -> Filled:
    """Return the form before anything was filled in."""
    return Filled({**dict.fromkeys(NAMES, ""), "model": model, "on_policy_breach": OnPolicyBreach.REFUSE}, None, None, {})


def read(form: Mapping[str, str]) -> Filled:
    """Read the form."""
    texts = {name: form.get(name, "") for name in NAMES}
    reader = _Reader(texts)
    subject = reader.take("model", _subject)
    key, short = subject or (None, WHOLE)
    scope = _scope(reader, short)
    dates = {stage: _date(reader, stage) for stage in PLANNED_STAGES}
    label = reader.take("label", _label)
    replacements = reader.take("replacements", _replacements)
    name = reader.take("source_name", _source_name)
    address = reader.take("source_address", _address)
    announced_at = reader.take("announced_at", _instant)
    breach = reader.take("on_policy_breach", _breach)
    errors = {name: reader.errors[name] for name in NAMES if name in reader.errors}
    if errors or key is None or name is None:
        return Filled(texts, (key, scope) if key else None, None, errors)
    command = Announce(
        key=key,
        scope=scope,
        legacy=dates[Stage.LEGACY],
        deprecated=dates[Stage.DEPRECATED],
        retired=dates[Stage.RETIRED],
        label=label,
        replacements=replacements or None,
        announced_at=announced_at,
        source=Source(address=address or None, document=None, name=name, raw=None, row=None),
        on_policy_breach=breach or OnPolicyBreach.REFUSE,
    )
    return Filled(texts, (key, scope), command, {})


def _subject(text: str) -> tuple[SubjectKey, Scope]:
    if not text:
        raise _Wrong("Say which model it is about, as catalog/model.")
    return parse_subject(text)


def _scope(reader: _Reader, short: Scope) -> Scope:
    found = short
    for part in SCOPE_PARTS:
        name = f"scope_{part}"
        if reader.text(name):
            narrower = reader.take(name, lambda text, part=part: Scope.of({part: text}))  # type: ignore[misc]  # bound here and now
            if narrower is not None and not found.meets(narrower):
                reader.errors[name] = "The model names another version. Give one of the two."
            elif narrower is not None:
                found = found.joined(narrower)
    return found


def _date(reader: _Reader, stage: Stage) -> AnyDate | None:
    kind, day = reader.text(f"{stage}_kind"), reader.text(f"{stage}_date")
    if kind not in KINDS:
        reader.errors[f"{stage}_kind"] = "Choose one of the list."
    elif kind == "withdrawn":
        return no_date()
    elif kind and not day:
        reader.errors[f"{stage}_date"] = "Give the date, or say nothing about it."
    elif day and not kind:
        reader.errors[f"{stage}_kind"] = "Say what the date means, or empty it."
    elif kind:
        return reader.take(f"{stage}_date", lambda text: _stated(kind, text))
    return None


def _stated(kind: str, text: str) -> AnyDate:
    if kind == "not_before":
        return not_before(text)
    return firm(text[:_MONTH_LENGTH] if kind == "month" else text)


def _label(text: str) -> Stage | None:
    if text and text not in tuple(Stage):
        raise _Wrong("Choose one of the list.")
    return Stage(text) if text else None


def _replacements(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if len(names) > _REPLACEMENTS_MAX:
        raise _Wrong(f"Name {_REPLACEMENTS_MAX} replacements at the most.")
    for name in names:
        parse_subject(name)
    return names


def _source_name(text: str) -> str:
    if not text:
        raise _Wrong("Say who announces it, or where it was published.")
    if len(text) > _LENGTH_MAX:
        raise _Wrong(f"Write {_LENGTH_MAX} characters at the most.")
    return readable_name(text, "source")


def _address(text: str) -> str:
    if not text:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(text) > _ADDRESS_MAX or not text.isprintable():
        raise _Wrong("Write a web address, like https://example.com/retirements.")
    return text


def _instant(text: str) -> datetime | None:
    return parse_instant(text) if text else None


def _breach(text: str) -> OnPolicyBreach:
    if text not in tuple(OnPolicyBreach):
        raise _Wrong("Choose one of the two.")
    return OnPolicyBreach(text)
