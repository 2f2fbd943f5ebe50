"""A client's conversation with a service, in which every answer is held against what was answered before."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from httpx2 import Response

from domain.ticking import record_due
from projections.tables.views import Views
from tests.api.http.apps import Site, problem, site
from tests.api.http.drawn import MODELS
from tests.api.http.heard import Log, written
from tests.api.http.judge import Clocks, Judge
from tests.ledgers import HandClock
from tests.projections.tables.logs import digests

CLOCKS = {"valid_at", "known_at", "recorded_at"}
ASKED = {"model", "scope", "position", *CLOCKS}
REFUSED = {404, 409, 412, 422}
FOR_EVER = 40
"""Answers marked immutable that are asked for again at the end."""


@dataclass(frozen=True)
class Sent:
    """A command that was carried out, and its answer."""

    path: str
    body: Any
    key: str
    answer: Response


class Conversation:
    """It holds a ledger in a file, the service on it, and views that follow at their own pace."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.log = Log()
        self.sent: list[Sent] = []
        self.judge = Judge(self.log, self.clock)
        self._checked = 0
        self._immutable: dict[str, bytes] = {}
        self._keys: Iterator[int] = count(1)
        self._for_all = ExitStack()
        self._path = Path(self._for_all.enter_context(TemporaryDirectory())) / "ledger.db"
        self._views = self._for_all.enter_context(Views.open(None))
        self._held = ExitStack()
        self.site: Site = self._held.enter_context(site(self._path, clock=self.clock))

    def close(self) -> None:
        self._held.close()
        self._for_all.close()

    def restart(self) -> None:
        self._held.close()
        self._checked = 0
        self.site = self._held.enter_context(site(self._path, clock=self.clock))

    # Asking

    def get(self, path: str, parameters: Mapping[str, Any] | None = None) -> Response:
        """Ask; what was marked as immutable must be as it was."""
        response = self.site.client.get(path, params=parameters or None)
        if "immutable" in response.headers.get("cache-control", ""):
            asked = str(response.request.url)
            assert self._immutable.setdefault(asked, response.content) == response.content, asked
        return response

    def ask_again(self, most: int) -> None:
        """Ask again for answers that can never change, the oldest first."""
        for asked in list(self._immutable)[:most]:
            self._is_unchanged(asked)
            self._immutable[asked] = self._immutable.pop(asked)

    def ask_again_all(self) -> None:
        """Ask for them at the end, by a clock that was set back."""
        self.clock.set("2024-10-01T00:00:00Z")
        self.ask_again(FOR_EVER)

    def _is_unchanged(self, asked: str) -> None:
        again = self.site.client.get(asked)
        assert (again.status_code, again.content) == (200, self._immutable[asked]), asked
        assert "immutable" in again.headers["cache-control"], asked

    def hear(self) -> int:
        """Read the log on from where it was heard last, and return how much there was."""
        before = self.log.head
        address = f"/v1/events?after={before}&limit=3"
        while address:
            page = self.get(address).json()
            self.log.hear(page["events"])
            address = page["next"]
        return self.log.head - before

    def ask_stage(self, model: str, scope: Mapping[str, str], clocks: Clocks) -> Any:
        """Ask for a stage, twice; none where the question is rightly refused."""
        path, asked = f"/v1/models/{model}/stage", {**clocks, **{f"scope.{name}": value for name, value in scope.items()}}
        response = self.get(path, asked)
        refusal = self.judge.refusal(model, clocks)
        if refusal:
            assert problem(response)["type"] == refusal, response.text
            return None
        assert response.status_code == 200, response.text
        tag = response.headers["etag"]
        assert self.site.client.get(path, params=asked, headers={"If-None-Match": tag}).status_code == 304
        told = response.json()
        self.judge.is_right(told, model, scope, clocks)
        return told

    def ask_many(self, many: int) -> int:
        """Ask about everything at once, and return how many answers there were: each is right."""
        asked = self.judge.questions(many)
        response = self.site.client.post("/v1/stages:batch", json={"questions": asked})
        assert response.status_code == 200, response.text
        for question, line in zip(asked, response.text.splitlines(), strict=True):
            clocks = {name: at for name, at in question.items() if name in CLOCKS}
            self.judge.is_right(json.loads(line), question["model"], question["scope"], clocks)
        return len(asked)

    def ask_otherwise(self, told: Any, scope: Mapping[str, str]) -> None:
        """Ask by other doors at the point that an answer names: it is repeated exactly, and none tells anything else."""
        point = {"valid_at": told["valid_at"], "known_at": told["known_at"], "recorded_at": f"@{told['position']}"}
        path, asked = f"/v1/models/{told['model']}", {**point, **{f"scope.{name}": value for name, value in scope.items()}}
        assert self.get(f"{path}/stage", asked).json() == told
        explained = self.get(f"{path}/explain", asked).json()
        assert {name: explained[name] for name in explained if name != "claims"} == told
        for operation, allowed in (("create", told["new_deployments"]), ("invoke", told["existing_deployments"])):
            access = self.get(f"{path}/access", {**asked, "operation": operation}).json()
            assert (access["stage"], access["allowed"]) == (told["stage"], allowed)
        entries = self.get(f"{path}/history", {"recorded_at": point["recorded_at"], "limit": 500}).json()["entries"]
        assert [entry["position"] for entry in entries] == [at for at in self.log.positions(told["model"]) if at <= told["position"]]

    def check(self, many: int) -> int:
        """Look at every model's version, and ask about everything, if anything was appended or started since."""
        if self._checked == self.log.head:
            return 0
        self._checked = self.log.head
        self._check_versions()
        return self.ask_many(many)

    def _check_versions(self) -> None:
        for model in MODELS:
            response, version = self.get(f"/v1/models/{model}"), self.log.version(f"model:{model}")
            assert response.status_code == (200 if version else 404)
            if version:
                assert (response.headers["etag"], response.json()["version"]) == (f'"{version}"', version)

    # Writing

    def write(self, path: str, body: Any, *, about: str | None = None, rehearsed: bool = False, if_match: int | None = None) -> Response:
        """Send a command under a new key; what is refused leaves no trace, and what was rehearsed comes as foretold.

        Every fifth one goes to another service on the same file.
        """
        insisted = {} if if_match is None else {"If-Match": f'"{if_match}"'}
        foretold = self._rehearse(path, body) if rehearsed else None
        number = next(self._keys)
        key = f"key-{number}"
        told = self._send(path, body, {"Idempotency-Key": key, **insisted}, elsewhere=number % 5 == 0)
        appended = self.hear()
        if told.status_code == 201:
            self._is_recorded(told, appended, about)
            self.sent.append(Sent(path, body, key, told))
        else:
            assert (problem(told)["status"] in REFUSED, appended) == (True, 0), told.text
            assert self.get(f"/v1/commands/{key}").status_code == 404
        if foretold is not None:
            self._came_as(foretold, told)
        return told

    def _send(self, path: str, body: Any, headers: Mapping[str, str], *, elsewhere: bool) -> Response:
        if not elsewhere:
            return self.site.client.post(path, json=body, headers=headers)
        with site(self._path, clock=self.clock) as other:
            return other.client.post(path, json=body, headers=headers)

    def _rehearse(self, path: str, body: Any) -> Response:
        foretold = self.site.client.post(f"{path}?dry_run=true", json=body)
        assert self.hear() == 0, "a rehearsal writes nothing"
        return foretold

    def _is_recorded(self, told: Response, appended: int, about: str | None) -> None:
        receipt = told.json()
        assert receipt["positions"] == list(range(self.log.head - appended + 1, self.log.head + 1))
        assert (receipt["position"], receipt["recorded_at"]) == (self.log.head, written(self.log.recorded_at(self.log.head)))
        subject = self.log.events[-1]["subject"]
        assert about is None or subject == f"model:{about}"
        assert told.headers["etag"] == f'"{self.log.version(subject)}"'

    def _came_as(self, foretold: Response, told: Response) -> None:
        if told.status_code != 201:
            assert (foretold.status_code, foretold.json()["type"]) == (told.status_code, told.json()["type"])
            return
        assert foretold.status_code == 200, foretold.text
        assert foretold.json()["positions"] == told.json()["positions"]
        after = foretold.json()["after"]
        now = self.ask_stage(after["model"], after["scope"], {})
        differing = {name: (after[name], now[name]) for name in now if after[name] != now[name]}
        assert not differing, differing

    def send_again(self, sent: Sent) -> None:
        """Send a command again under its key: the same answer, and nothing appended."""
        again = self.site.client.post(sent.path, json=sent.body, headers={"Idempotency-Key": sent.key})
        assert (again.status_code, again.content) == (sent.answer.status_code, sent.answer.content)
        assert (again.headers["etag"], again.headers["location"]) == (sent.answer.headers["etag"], sent.answer.headers["location"])
        assert again.headers["idempotency-replayed"] == "true"
        kept = self.get(f"/v1/commands/{sent.key}").json()
        assert (kept["position"], self.hear()) == (sent.answer.json()["position"], 0)

    def misuse(self, key: str, path: str, body: Any) -> None:
        """Send another command under a key that was used."""
        told = self.site.client.post(path, json=body, headers={"Idempotency-Key": key})
        assert (problem(told)["type"], told.status_code, self.hear()) == ("/problems/command-key-reused", 422, 0)

    # Views

    def follow(self) -> None:
        self._views.catch_up(self.site.ledger.store)

    def tick(self) -> int:
        """Record what is due, as the follower does; then nothing is due."""
        self.follow()
        ledger, before = self.site.ledger, self.log.head
        recorded = len(list(record_due(ledger, self._views.due(ledger.now()))))
        assert self.hear() == recorded
        assert {event["data"]["basis"] for event in self.log.events[before:]} <= {"schedule"}
        self.follow()
        assert not list(record_due(ledger, self._views.due(ledger.now())))
        return recorded

    def rebuild(self) -> None:
        """Build the views anew: they are as those that followed the log."""
        self.follow()
        followed = digests(self._views)
        with Views.open(None) as anew:
            anew.rebuild(self.site.ledger.store)
            assert digests(anew) == followed
        self._views.rebuild(self.site.ledger.store)
        assert digests(self._views) == followed
