"""Problems: every refusal of ledger and store as a document, with its status and type, and without inner text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

import api.http.listening
import api.http.settings
import domain.people.errors
import domain.refusals
import domain.store.errors
from api.http import problems
from api.http.verifying import Verifications
from domain.commands import AdoptPolicy
from domain.errors import LedgerError
from domain.instants import parse_instant
from domain.rules.policy import AZURE_SERVERLESS_V1
from domain.stages import Stage
from domain.subjects import Scope, SubjectKey
from projections.stage_index import IndexStopped
from tests.api.http.apps import MISTRAL, Site, problem, site

SECRET = "/var/lib/secret.db"  # noqa: S105  # stands for what only the log may tell
UNAVAILABLE = {
    "LedgerUnavailable",
    "StoreClosed",
    "StoreUnreachable",
    "NotALedger",
    "NewerSchema",
    "StoreReadOnly",
    "StoreLocked",
    "DiskFull",
    "StoreDamaged",
    "StoreFailed",
    "NotPrepared",
    "OlderTables",
    "ForeignTables",
    "WritingRefused",
    "CreatingRefused",
    "TransactionPooling",
    "FunctionsEnabled",
    "IndexStopped",
    "AddressShared",
    "CardDamaged",
    "KeyFileInvalid",
    "KeyFileMissing",
    "NotPeople",
    "PeopleFailed",
    "PeopleLocked",
    "PeopleUnreachable",
    "WrongKey",
    "OlderSchema",
    "ExportInvalid",
    "NotExportable",
    "LedgerNotEmpty",
    "TimestampInvalid",
    "TimestampsNotInstalled",
    "OriginInvalid",
    "SigningKeyInvalid",
    "SigningKeyMissing",
}
EXPECTED = {
    404: {"NoSuchModel", "NoSuchSubscription", "NotInSubscription", "NoSuchPerson", "NoSuchRun", "NoSuchMember"},
    409: {
        *("SeveralModels", "AlreadyListed", "NamesMeet", "ClaimNotOpen", "PolicyNotNewer", "PageOlder", "EdgeNotDue"),
        *("DeploymentRefused", "AlreadyDeployed", "SnapshotTooSmall", "SnapshotOlder"),
        *("NothingToSign", "NoTrees", "NotConsistent", "KeysUnknown", "OriginDiffers", "BeyondCheckpoint"),
        *("AudienceOvertaken", "AudienceOpen", "RunClosed", "RunIncomplete"),
    },
    412: {"StaleVersion"},
    503: {*UNAVAILABLE, "UnreadableEvent", "OutcomeUnknown"},
}
VALUES: dict[Any, Any] = {
    str: SECRET,
    int: 7,
    datetime: parse_instant("2025-01-01"),
    SubjectKey: SubjectKey("azure", "mistral-large"),
    Stage: Stage.LEGACY,
    Scope: Scope.of({"version": "1"}),
}


_ABSTRACT = {domain.store.errors.StoreFault, domain.people.errors.PeopleFault}


def every_error(root: type[LedgerError] = LedgerError) -> Iterator[type[LedgerError]]:
    """Every refusal of the domain and its store, and of the index; not what is raised before the service stands."""
    for error in root.__subclasses__():
        yield from every_error(error)
        if error.__module__.startswith(("domain.", "projections.stage_index")) and error not in _ABSTRACT:
            yield error


def example(error: type[LedgerError]) -> LedgerError:
    hints = get_type_hints(error)
    return error(**{field.name: value_of(hints[field.name]) for field in fields(error)})


def value_of(hint: Any) -> Any:
    if get_origin(hint) is UnionType:
        return value_of(get_args(hint)[0])
    if get_origin(hint) is not None:
        return [value_of(get_args(hint)[0])]
    if hint in VALUES:
        return VALUES[hint]
    return hint(**{field.name: value_of(get_type_hints(hint)[field.name]) for field in fields(hint)})


def status_of(error: type[LedgerError]) -> int:
    return next((status for status, names in EXPECTED.items() if error.__name__ in names), 422)


@pytest.fixture(scope="module")
def failing() -> Iterator[Site]:
    """An application with a route that raises each error, and one that fails."""
    with site(raising=False) as found:
        errors = {error.__name__: error for error in every_error()}

        async def refuse(name: str) -> None:
            raise example(errors[name])

        async def fail() -> None:
            raise RuntimeError(SECRET)

        found.app.add_api_route("/refuse/{name}", refuse)
        found.app.add_api_route("/fail", fail)
        yield found


ERRORS: list[type[LedgerError]] = sorted(every_error(), key=str)


@pytest.mark.parametrize("error", ERRORS, ids=[error.__name__ for error in ERRORS])
def test_every_refusal_is_a_problem(failing: Site, error: type[LedgerError]) -> None:
    response = failing.get(f"/refuse/{error.__name__}", status_of(error))
    found = problem(response)
    assert found["type"].startswith("/problems/")
    page = failing.get(found["type"], headers={"Accept": "text/html"})
    assert found["title"] in page.text
    if response.status_code == 503:
        assert SECRET not in response.text
        assert "7" not in found["detail"] or error.__name__ == "UnreadableEvent"
    else:
        assert found["detail"] == example(error).sentence
        assert not re.search(r"--(?!alias)|`lifecycle", found["detail"]), "words of the command line"
        assert {field.name for field in fields(error)} <= found.keys(), "its data comes along"
    assert ("retry-after" in response.headers) == (response.status_code == 503 and error.__name__ != "UnreadableEvent")


def test_an_unreadable_entry_names_its_position(failing: Site) -> None:
    found = failing.refused("/refuse/UnreadableEvent", 503)
    assert (found["type"], found["position"]) == ("/problems/entry-unreadable", 7)


def test_a_failure_tells_nothing_of_its_inside(failing: Site) -> None:
    response = failing.get("/fail", 500)
    assert problem(response)["title"] == "Internal Server Error"
    assert SECRET not in response.text
    assert "RuntimeError" not in response.text
    assert "Traceback" not in response.text
    assert response.headers["x-request-id"]


def test_every_problem_can_be_read_about(failing: Site) -> None:
    kinds: Sequence[Any] = [*problems.PROBLEMS.values(), *problems.SERVICE_PROBLEMS]
    uris = [kind.type if kind.type.startswith("/") else f"/problems/{kind.type}" for kind in kinds]
    assert len(uris) == len(set(uris))
    for kind, uri in zip(kinds, uris, strict=True):
        assert kind.title in failing.get(uri).text


def test_what_is_not_there_is_a_problem_too(failing: Site) -> None:
    assert failing.refused("/v2/models", 404)["title"] == "Not Found"
    assert failing.refused(f"{MISTRAL}/", 404)
    response = failing.client.request("DELETE", "/v1/models")
    assert problem(response)["status"] == 405
    assert {part.strip() for part in response.headers["allow"].split(",")} >= {"GET", "POST"}
    assert failing.client.request("PATCH", f"{MISTRAL}/stage").headers["allow"] == "GET, HEAD"


def operations(found: Site, method: str) -> list[str]:
    return [path for path, item in found.app.openapi()["paths"].items() if method in item]


GETS = {"{catalog}": "azure", "{model}": "mistral-large", "{key}": "key-1", "{position}": "1"}


def open_run(found: Site) -> int:
    """Let a subscription have a deployment, and move the model's dates, so that its people have to be told."""
    found.given(AdoptPolicy(policy=AZURE_SERVERLESS_V1))
    row = {"subscription": "sub-1", "deployment": "chat", "model": "azure/mistral-large"}
    found.post("/v1/directory/imports", {"source": "listing", "deployments": [row]})
    moved = {"retired": {"on": "2025-12-01"}, "source": {"name": "mail"}, "on_policy_breach": "record"}
    (run,) = found.post(f"{MISTRAL}/announcements", moved).json()["runs"]
    return int(run)


def test_every_question_refuses_parameters_that_it_does_not_know(mistral: Site) -> None:
    mistral.post("/v1/ledger/checkpoint", None)
    mistral.service.verifications = Verifications(Path("ledger.db"))
    gets = {**GETS, "{subscription}": "sub-1", "{run}": str(open_run(mistral))}
    for path in operations(mistral, "get"):
        if path == "/v1/events/stream":
            continue
        address = path
        for name, value in gets.items():
            address = address.replace(name, value)
        needed = {"access": "operation=create&", "diff": "known_from=2025-01-01&", "gaps": "days=30&", "consistency": "old=1&new=1&"}.get(
            address.rpartition("/")[2], ""
        )
        assert mistral.client.get(f"{address}?{needed}".rstrip("?&")).status_code == 200, address
        for wrong in ("unknown=1", "unknown=", "unknown", "Min_position=1", "min_position=0&min_position=0"):
            found = mistral.refused(f"{address}?{needed}{wrong}", 422)
            assert found["type"] == "/problems/validation", address


def test_every_command_refuses_parameters_that_it_does_not_know(mistral: Site) -> None:
    for path in operations(mistral, "post"):
        address = path.replace("{catalog}", "azure").replace("{model}", "mistral-large").replace("{run}", "1")
        assert problem(mistral.post(f"{address}?unknown=1", {}, 422))["errors"][0]["loc"] == ["query", "unknown"]


def test_index_stopped_is_told_as_unavailable() -> None:
    assert problems.problem_of(example(IndexStopped)).status == 503
    assert {api.http.settings.SettingInvalid, api.http.listening.CannotListen}.isdisjoint(problems.PROBLEMS)
