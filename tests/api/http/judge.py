"""What must be answered: by the second opinion, from the log as a client heard it and the clock that the service reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from domain.instants import parse_instant
from tests.api.http.drawn import MODELS
from tests.api.http.heard import JSON, Log, as_oracle, written
from tests.ledgers import HandClock
from tests.projections.stage_index.several_models import ASKED_SCOPES

Clocks = Mapping[str, str]

SCOPES = [{}, {}, *(scope.as_dict() for scope in ASKED_SCOPES)]


@dataclass(frozen=True)
class Judge:
    """It knows the log and the clock, and nothing else of the service."""

    log: Log
    clock: HandClock

    def now(self) -> datetime:
        return self.log.now(self.clock())

    def refusal(self, model: str, clocks: Clocks) -> str | None:
        """Return the problem that a question has; none where it has to be answered."""
        if self.asks_the_future(clocks):
            return "/problems/asks-the-future"
        return None if self.log.positions(model) else "/problems/no-such-model"

    def asks_the_future(self, clocks: Clocks) -> bool:
        """Whether a point of knowledge lies ahead."""
        named = [clocks.get("known_at"), clocks.get("recorded_at")]
        return any(at and not at.startswith("@") and parse_instant(at) > self.now() for at in named)

    def is_right(self, told: Any, model: str, scope: Mapping[str, str], clocks: Clocks) -> None:
        """Compare with the second opinion, the answers for narrower scopes included."""
        assert (told["model"], told["scope"]) == (model, dict(scope))
        valid_at, known_at, position = self._understood(told, clocks)
        for answer in (told, *told["by_scope"]):
            expected = self.log.answer(model, answer["scope"], valid_at, known_at, position)
            assert as_oracle(answer) == expected, f"{model} {answer['scope']} at {valid_at}, known {known_at}, @{position}"

    def _understood(self, told: Any, clocks: Clocks) -> tuple[datetime, datetime, int]:
        """Return the point of an answer, after a look whether it is the one that was asked about."""
        now, asked = written(self.now()), clocks.get("recorded_at", f"@{self.log.head}")
        position = int(asked[1:]) if asked.startswith("@") else self.log.position_at(parse_instant(asked))
        recorded_at = written(self.log.recorded_at(position)) if position else None
        expected = (clocks.get("valid_at", now), clocks.get("known_at", now), recorded_at, position)
        assert (told["valid_at"], told["known_at"], told["recorded_at"], told["position"]) == expected
        return parse_instant(told["valid_at"]), parse_instant(told["known_at"]), position

    def questions(self, many: int) -> list[JSON]:
        """Choose questions among all boundaries, scopes and positions: the same at the same head, so that a failure can be repeated."""
        chance = Random(self.log.head)  # noqa: S311  # nothing is secret here
        named = [name for name in MODELS if self.log.positions(name)]
        bounds = {name: (self.log.bounds(name, "valid"), self.log.bounds(name, "known")) for name in named}
        return [self._question(chance, name, *bounds[name]) for name in chance.choices(named, k=many)]

    def _question(self, chance: Random, model: str, valid: Any, known: Any) -> JSON:
        asked: JSON = {"model": model, "scope": chance.choice(SCOPES)}
        public = [at for at in known if at <= self.now()]
        for name, instants in (("valid_at", valid), ("known_at", public)):
            if instants and chance.random() < 0.8:
                asked[name] = written(chance.choice(instants))
        if chance.random() < 0.3:
            asked["recorded_at"] = f"@{chance.randint(1, self.log.head)}"
        return asked
