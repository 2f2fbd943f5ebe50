"""Every error of every room: its sentence can be made and read, and a command ends with a code that fits."""

import importlib
import pkgutil
import re
import shlex
import types
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

import api
import domain
from api.exit_codes import ExitCode, exit_code_of
from domain.errors import LedgerError
from domain.refusals import NamesMeet, NoSuchModel
from domain.stages import Stage
from domain.store.errors import StoreLocked
from domain.subjects import Scope, SubjectKey
from tests.spec import at

COMMAND = re.compile(r"[:;] (iconv -f|lifecycle |LIFECYCLE_\w+=\S+ lifecycle )[^.]*(\.\w+)?$")
"""A sentence may end with a command to copy; a full stop would be copied with it."""
PYTHON = re.compile(
    r"<[\w.]+[ :]|datetime\.|Posix|Scope\(|SubjectKey\(|Stage\.|\bNone\b|\bTrue\b|\bFalse\b|[\[{]'|isoformat|Errno|Traceback"
)
PLAUSIBLE: dict[Any, Any] = {
    str: "azure/mistral-large",
    int: 7,
    bool: True,
    datetime: at("2025-01-20"),
    Path: Path("ledger.db"),
    SubjectKey: SubjectKey("azure", "mistral-large"),
    Scope: Scope.of({"version": "2407"}),
    Stage: Stage.DEPRECATED,
}


def error_classes() -> list[type[LedgerError]]:
    for package in (domain, api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    found: list[type[LedgerError]] = []
    waiting = [LedgerError]
    while waiting:
        below = waiting.pop().__subclasses__()
        found += below
        waiting += below
    return sorted((error for error in found if error.__module__.startswith(("domain", "api"))), key=lambda error: error.__name__)


def own_sentence(error: type[LedgerError]) -> bool:
    made = next(base.__dict__["sentence"] for base in error.__mro__ if "sentence" in base.__dict__)
    return "NotImplementedError" not in made.fget.__code__.co_names


ALL = error_classes()
SAYING = [error for error in ALL if own_sentence(error)]


def plausible(hint: Any, text: str) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        return plausible(get_args(hint)[0], text)
    if get_origin(hint) in (Sequence, tuple, list):
        return [plausible(get_args(hint)[0], text)] * 2
    return text if hint is str else PLAUSIBLE[hint]


def made(error: type[LedgerError], text: str = "azure/mistral-large") -> LedgerError:
    hints = get_type_hints(error.__init__)
    hints.pop("return")
    return error(**{name: "Save it as Markdown." if name == "advice" else plausible(hint, text) for name, hint in hints.items()})


def test_the_errors_of_every_room_are_walked() -> None:
    assert {"InvalidDate", "NoSuchModel", "StoreLocked", "NotUtf8", "DatabaseAddressInvalid", "PolicyUnreadable"} <= {
        e.__name__ for e in ALL
    }
    assert len(ALL) > 45


@pytest.mark.parametrize("error", [error for error in ALL if not own_sentence(error)], ids=lambda error: error.__name__)
def test_an_error_without_a_sentence_is_only_the_base_of_others(error: type[LedgerError]) -> None:
    assert error.__subclasses__()


@pytest.mark.parametrize("error", SAYING, ids=lambda error: error.__name__)
def test_every_error_says_in_a_sentence_what_was_wrong(error: type[LedgerError]) -> None:
    sentence = made(error).sentence
    assert sentence == str(made(error))
    assert sentence[0].isupper() or sentence[0] in "'`" or sentence.startswith(("azure", "announced_at", "ledger.db"))
    assert sentence.endswith((".", "?")) or COMMAND.search(sentence), sentence
    assert "  " not in sentence
    assert not PYTHON.search(sentence), sentence


@pytest.mark.parametrize("error", SAYING, ids=lambda error: error.__name__)
def test_every_error_says_why_it_exists(error: type[LedgerError]) -> None:
    assert error.__doc__
    assert not error.__doc__.startswith(error.__name__)
    assert error.__doc__.rstrip().endswith(".")


@pytest.mark.parametrize("error", SAYING, ids=lambda error: error.__name__)
def test_every_error_ends_a_command_with_a_code_that_is_not_fine(error: type[LedgerError]) -> None:
    assert exit_code_of(made(error)) not in (ExitCode.FINE, ExitCode.FINDING)


def test_no_such_model_could_not_be_told_and_a_locked_store_is_unavailable() -> None:
    assert exit_code_of(NoSuchModel("x")) is ExitCode.COULD_NOT_TELL
    assert exit_code_of(StoreLocked("x")) is ExitCode.UNAVAILABLE


TYPED = {"text", "name", "other", "key", "topic", "document", "title", "column", "meaning"}
"""Fields that hold what somebody typed or published. Catalogs, sources and models are checked at the door."""


@pytest.mark.parametrize("text", ["gpt\x1b[31m\0", "gpt\N{RIGHT-TO-LEFT OVERRIDE}", "line\nbreak"], ids=["escape", "bidi", "line"])
@pytest.mark.parametrize("error", SAYING, ids=lambda error: error.__name__)
def test_no_error_hands_a_terminal_what_somebody_else_wrote(error: type[LedgerError], text: str) -> None:
    found = made(error)
    for name in TYPED & vars(found).keys():
        if isinstance(getattr(found, name), str):
            setattr(found, name, text)
    assert found.sentence.isprintable()


def test_an_alias_to_copy_is_safe_in_a_shell() -> None:
    error = NamesMeet("x'; rm -rf ~; '", SubjectKey("azure", "x-rm-rf"), "X rm rf")
    alias = error.sentence.partition("--alias ")[2].partition(" to say so")[0]
    assert shlex.split(alias) == ["x'; rm -rf ~; '=x-rm-rf"]
