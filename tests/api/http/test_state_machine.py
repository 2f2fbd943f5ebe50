"""Whatever is sent in whatever order, the API answers what the second opinion answers from the API's own log.

LIFECYCLE_EXAMPLES raises the number of runs.
"""

import os
from datetime import datetime

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.api.http import drawn
from tests.api.http.conversation import Conversation
from tests.api.http.drawn import Body
from tests.api.http.heard import written
from tests.api.http.read_lists import check_lists
from tests.histories import maybe

EXAMPLES = int(os.environ.get("LIFECYCLE_EXAMPLES", "16"))
STEPS = 22
ASKED_EACH_TIME = 25
"""Questions after each append, for which the second opinion takes a tenth of a second."""


class LedgerOverHttp(RuleBasedStateMachine):
    """A client that writes and asks, while clocks move, views are built anew, and the service is started again."""

    def __init__(self) -> None:
        super().__init__()
        self.talk = Conversation()

    def teardown(self) -> None:
        try:
            self.talk.ask_again_all()
        finally:
            self.talk.close()

    # What is written

    @initialize(
        body=drawn.listings, policy=st.one_of(st.none(), drawn.policies), past=st.lists(drawn.announcements, min_size=2, max_size=4)
    )
    def begins(self, body: Body, policy: Body | None, past: list[Body]) -> None:
        """Give every run a past: which rules a run may use is drawn too, and many use few."""
        self.talk.write("/v1/models", {**body, "catalog": "azure", "model": "m", "scope": {}, "announced_at": "2024-11-22"})
        assert self.talk.log.head == 1
        if policy:
            self.adopts_a_policy(policy)
        self.announces_several("azure/m", past)

    @rule(model=drawn.models, body=drawn.listings, rehearsed=st.booleans())
    def lists(self, model: str, body: Body, *, rehearsed: bool) -> None:
        catalog, _, name = model.partition("/")
        self.talk.write("/v1/models", {**body, "catalog": catalog, "model": name}, about=model, rehearsed=rehearsed)

    @rule(model=drawn.models, body=drawn.announcements, short=st.sampled_from(["", "", "@1"]), rehearsed=st.booleans())
    def announces(self, model: str, body: Body, short: str, *, rehearsed: bool) -> None:
        self.talk.write(f"/v1/models/{model}{short}/announcements", body, about=model, rehearsed=rehearsed)

    @rule(model=drawn.models, several=st.lists(drawn.announcements, min_size=1, max_size=3))
    def announces_several(self, model: str, several: list[Body]) -> None:
        for body in several:
            self.announces(model, body, "", rehearsed=False)

    @rule(model=drawn.models, body=drawn.transitions, rehearsed=st.booleans())
    def enters_a_stage(self, model: str, body: Body, *, rehearsed: bool) -> None:
        self.talk.write(f"/v1/models/{model}/transitions", body, about=model, rehearsed=rehearsed)

    @rule(model=drawn.models, body=drawn.withdrawals, data=st.data(), rehearsed=st.booleans())
    def withdraws(self, model: str, body: Body, data: st.DataObject, *, rehearsed: bool) -> None:
        claims = [*self.talk.log.positions(model), self.talk.log.head + 1]
        claim = data.draw(st.sampled_from(claims), label="claim")
        self.talk.write(f"/v1/models/{model}/withdrawals", {**body, "claim": claim}, about=model, rehearsed=rehearsed)

    @rule(body=drawn.policies)
    def adopts_a_policy(self, body: Body) -> None:
        self.talk.write("/v1/policies", body)

    @rule(model=drawn.models, body=drawn.announcements, off=st.sampled_from([-1, 0, 1]))
    def insists_on_a_version(self, model: str, body: Body, off: int) -> None:
        version = self.talk.log.version(f"model:{model}")
        told = self.talk.write(f"/v1/models/{model}/announcements", body, about=model, if_match=max(0, version + off))
        if told.status_code == 201:
            assert off == 0
        assert (told.status_code == 412) == (max(0, version + off) != version), told.text

    @precondition(lambda self: self.talk.sent)
    @rule(data=st.data())
    def sends_a_command_again(self, data: st.DataObject) -> None:
        self.talk.send_again(data.draw(st.sampled_from(self.talk.sent), label="sent"))

    @precondition(lambda self: self.talk.sent)
    @rule(data=st.data(), model=drawn.models, body=drawn.announcements)
    def uses_a_key_for_something_else(self, data: st.DataObject, model: str, body: Body) -> None:
        key = data.draw(st.sampled_from(self.talk.sent), label="sent").key
        self.talk.misuse(key, f"/v1/models/{model}/announcements", {**body, "notes": "never sent before"})

    # What happens besides

    @rule(hours=st.sampled_from([-48, -1, 1, 24, 24 * 20, 24 * 45]))
    def the_clock_moves(self, hours: int) -> None:
        self.talk.clock.advance(hours=hours)

    @rule(days=st.sampled_from([0, 1, 30, 90]))
    def the_clock_ticks(self, days: int) -> None:
        self.talk.clock.advance(days=days)
        event(f"ticks recorded: {min(3, self.talk.tick())}")

    @rule()
    def the_views_follow(self) -> None:
        self.talk.follow()

    @rule()
    def the_views_are_built_anew(self) -> None:
        self.talk.rebuild()

    @rule()
    def the_service_is_started_again(self) -> None:
        self.talk.restart()

    # What is asked

    @rule(model=drawn.models, scope=drawn.asked_scopes, data=st.data())
    def asks_for_the_stage(self, model: str, scope: Body, data: st.DataObject) -> None:
        clocks = self.draw_clocks(data, model)
        told = self.talk.ask_stage(model, scope, clocks)
        if told is not None:
            event(f"answer: {told['stage'] or told['status']}")
            self.talk.ask_otherwise(told, scope)

    @rule(model=drawn.models, scope=drawn.asked_scopes, data=st.data())
    def asks_for_the_stage_once_more(self, model: str, scope: Body, data: st.DataObject) -> None:
        self.asks_for_the_stage(model, scope, data)

    @rule(data=st.data(), limit=st.integers(1, 4))
    def asks_for_the_catalog(self, data: st.DataObject, limit: int) -> None:
        clocks = self.draw_clocks(data, data.draw(drawn.models))
        check_lists(self.talk, clocks, limit)

    @rule()
    def asks_what_can_never_change(self) -> None:
        self.talk.ask_again(12)

    def draw_clocks(self, data: st.DataObject, model: str) -> dict[str, str]:
        """Draw instants at and around those at which something changes, and others; each clock may be left out."""
        log, clocks = self.talk.log, dict[str, str]()
        for name, axis in (("valid_at", "valid"), ("known_at", "known")):
            bounds = log.bounds(model, axis)
            drawable = st.one_of(st.sampled_from(bounds), drawn.instants) if bounds else drawn.instants
            at: datetime | None = data.draw(maybe(drawable), name)
            if at is not None:
                clocks[name] = written(at)
        position = data.draw(maybe(st.integers(0, log.head)), "position")
        if position is not None:
            by_instant = position and data.draw(st.booleans(), "by instant")
            clocks["recorded_at"] = written(log.recorded_at(position)) if by_instant else f"@{position}"
        return clocks

    # What always holds

    @invariant()
    def every_answer_is_right(self) -> None:
        if self.talk.check(ASKED_EACH_TIME) and self.talk.log.head % 4 == 0:
            check_lists(self.talk, {}, 1)


TestLedgerOverHttp = LedgerOverHttp.TestCase
TestLedgerOverHttp.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
)
