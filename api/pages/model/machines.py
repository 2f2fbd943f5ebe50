"""The same for machines: where a model's page stands in other forms, and the commands that print it."""

from dataclasses import dataclass
from shlex import quote as shell_quoted
from urllib.parse import quote, urlencode

from api.pages.clocks import Clocks, written
from domain.events import Position
from domain.subjects import Scope, SubjectKey


@dataclass(frozen=True, slots=True)
class Machines:
    """Addresses, each relative to the root of the service, and commands as they can be copied to a shell."""

    page: str
    answer: str
    explanation: str
    history: str
    proof: str
    badge: str
    calendar: str
    atom: str
    json_feed: str
    stage_command: str
    explain_command: str


def path_of(key: SubjectKey) -> str:
    """Return a model's part of an address."""
    return f"{quote(key.catalog, safe='')}/{quote(key.model, safe='')}"


def scope_parameters(scope: Scope) -> dict[str, str]:
    """Return a scope as parameters of an address."""
    return {f"scope.{name}": value for name, value in scope.pairs}


def machines(key: SubjectKey, scope: Scope, clocks: Clocks, position: Position) -> Machines:
    """Return all forms of one answer. The commands name the position, so that they print it again when the ledger has grown."""
    part, about = path_of(key), scope_parameters(scope)
    asked = clocks.query(**about)
    api = f"/v1/models/{part}"
    known = Clocks(known_at=clocks.known_at, recorded_at=clocks.recorded_at).query(**about)
    shown = Clocks(clocks.valid_at, clocks.known_at).query(**about)
    of = urlencode({"model": str(key)})
    options = _options(scope, clocks, position)
    return Machines(
        page=f"/models/{part}{asked}",
        answer=f"{api}/stage{asked}",
        explanation=f"{api}/explain{asked}",
        history=f"{api}/history{known}",
        proof=f"{api}/stage{clocks.query(**about, proof='true')}",
        badge=f"/badges/{part}.svg{shown}",
        calendar=f"/feeds/upcoming.ics?{of}",
        atom=f"/feeds/changes.atom?{of}",
        json_feed=f"/feeds/changes.json?{of}",
        stage_command=f"lifecycle stage {shell_quoted(str(key))}{options}",
        explain_command=f"lifecycle explain {shell_quoted(str(key))}{options}",
    )


def _options(scope: Scope, clocks: Clocks, position: Position) -> str:
    told = [("--scope", f"{name}={value}") for name, value in scope.pairs]
    told += [("--valid-at", written(clocks.valid_at))] if clocks.valid_at else []
    told += [("--known-at", written(clocks.known_at))] if clocks.known_at else []
    told.append(("--recorded-at", written(clocks.recorded_at if clocks.recorded_at is not None else position)))
    return "".join(f" {name} {shell_quoted(value)}" for name, value in told)
