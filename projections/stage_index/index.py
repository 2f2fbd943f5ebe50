"""The stage index: follows the log, and answers at its head as the replay does, by two bisections."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from time import perf_counter

from domain.errors import InvalidName, LedgerError
from domain.events import PolicyAdopted, Position
from domain.recorded import Head, Recorded
from domain.rules.answers import Finding, Question, StageAnswer, Status
from domain.rules.questions import Step, assembled, replacement_findings
from domain.rules.timeline import Timeline
from domain.stages import Stage
from domain.store.contract import Store
from domain.store.errors import UnreadableEvent
from domain.streams import MODELS, POLICIES, model_stream, policy_stream
from domain.subjects import WHOLE, Scope, SubjectKey, parse_subject
from projections.stage_index.compiled import Compiled, Stretch
from projections.stage_index.models import IndexedModel, Models
from projections.stage_index.rules import NO_RULES, Rules
from projections.stage_index.segments import SEGMENTS_MAX, Segment, Segments
from projections.stage_index.stopped import IndexStopped, Stopped

LOAD_MIN = 1000
"""Entries by which the index is behind when it takes in their places alone, and leaves the events for later."""

Row = tuple[SubjectKey, Scope, Stage | Status]


class StageIndex:
    """Every model of a ledger, at the head of the log as the last `refresh` found it. It begins empty: `refresh` loads it.

    A model is compiled when somebody asks about it, and forgotten when its stream moves on; no event is kept. It is made for one
    event loop, and is not safe to use from several threads.

    Every question raises `IndexStopped` once `stopped` is set, and `StoreFault` where the database fails; then ask again.
    """

    def __init__(self, store: Store, segments_max: int = SEGMENTS_MAX, load_min: int = LOAD_MIN) -> None:
        self.position: Position = 0
        """The entry up to which the log was taken in."""
        self.recorded_at: datetime | None = None
        """When that entry was recorded; none on an empty ledger."""
        self.stopped: Stopped | None = None
        """Set for good by an entry that cannot be read: while the log is followed, where the position stays before it; or when its model
    is compiled."""
        self._store = store
        self._load_min = load_min
        self._models = Models()
        self._rules: dict[str, Rules] = {}
        self._segments = Segments(self._history, segments_max)

    @property
    def head(self) -> Head:
        """The end of the log as the index knows it."""
        return Head(self.position, self.recorded_at)

    @property
    def segments(self) -> int:
        """How many answers are kept."""
        return len(self._segments)

    def refresh(self) -> bool:
        """Take in what was appended since, by whichever process, and tell whether anything was.

        Raises:
            StoreFault: the database failed. What was taken in until then stays; go on later.
        """
        before, head = self.position, self._store.head().position
        if self.stopped or head == before:
            return False
        try:
            if head - before > self._load_min:
                self._load(head)
            for entry in self._store.log(self.position):
                self._follow(entry)
        except (UnreadableEvent, InvalidName) as error:
            self._stop(self.position + 1, error)
        return self.position > before

    def stage(self, key: SubjectKey, scope: Scope, valid_at: datetime, known_at: datetime) -> Stage | Status | None:
        """Return the stage of a model, or why there is none to tell; none where the ledger holds nothing about the model."""
        model = self._models.get(key)
        if model is None:
            self._check()
            return None
        found = model.whole
        if found is None or scope.pairs:
            found = self._compiled(model, scope)
        place = bisect_right(found.known, known_at)
        edges, stages, _, _ = found.stretches[place] or found.make(place, self._history(model))
        return stages[bisect_right(edges, valid_at)]

    def segment(self, key: SubjectKey, scope: Scope, valid_at: datetime, known_at: datetime) -> Segment | None:
        """Return the answer of one model and scope by itself, shared by all questions that get the same.

        None where the ledger holds nothing about the model.
        """
        model = self.entry(key)
        if model is None:
            return None
        rules = self._rules.get(policy_stream(key.catalog), NO_RULES)
        return self._segments.at(model, self._compiled(model, scope), rules, valid_at, known_at)

    def answer(self, question: Question) -> StageAnswer:
        """Answer in full, as the replay does at the index's position, whatever position the question names."""

        def tell(about: Question) -> tuple[StageAnswer, Sequence[Scope]]:
            segment = self.segment(about.key, about.scope, about.valid_at, about.known_at)
            if segment is None:
                return Timeline((), (), about.scope, about.known_at).at(about.valid_at), ()
            return segment.answer, segment.narrower

        return assembled(question, tell, partial(self._step, question.valid_at, question.known_at))

    def replacement_findings(self, question: Question, segment: Segment) -> Sequence[Finding]:
        """Return the findings of a question's segment that need other models: they come after the segment's own."""
        if not segment.answer.replacements:
            return ()
        step_to = partial(self._step, question.valid_at, question.known_at)
        return list(replacement_findings(question, segment.answer.replacements, step_to))

    def catalog(self, valid_at: datetime, known_at: datetime, catalog: str | None = None) -> Sequence[Row]:
        """Return every model's stage at one point, sorted by key, and beside it that of each scope in which its claims differ.

        A model of which only parts were known then is told by its parts alone.
        """
        self._check()
        rows: list[Row] = []
        for model in self._models.sorted(catalog):
            found = model.whole or self._compiled(model, WHOLE)
            place = bisect_right(found.known, known_at)
            edges, stages, _, narrower = found.stretches[place] or found.make(place, self._history(model))
            stage = stages[bisect_right(edges, valid_at)]
            if stage is not Status.NOT_KNOWN or not narrower:
                rows.append((model.key, WHOLE, stage))
            if narrower:
                rows += [(model.key, scope, self._stretch(model, scope, known_at).stage(valid_at)) for scope in narrower]
        return rows

    def models(self, catalog: str | None = None) -> Sequence[SubjectKey]:
        """Return the models that the ledger holds, sorted."""
        self._check()
        return self._models.keys(catalog)

    def entry(self, key: SubjectKey) -> IndexedModel | None:
        """Return where a model stands in the log; none where the ledger holds nothing about it."""
        model = self._models.get(key)
        if model is None:
            self._check()
        return model

    def stretch(self, key: SubjectKey, scope: Scope, known_at: datetime) -> Stretch | None:
        """Return a model's whole life as known at an instant; none where the ledger holds nothing about the model."""
        model = self.entry(key)
        return self._stretch(model, scope, known_at) if model else None

    def announced(self, key: SubjectKey, scope: Scope) -> Sequence[datetime]:
        """Return the instants, in order, at which something about a model became known."""
        model = self.entry(key)
        return self._compiled(model, scope).known if model else ()

    def warm(self, seconds: float) -> bool:
        """Compile what is known now of models that nobody asked about yet, one at least, for about so long.

        Tells whether more is left.
        """
        self._check()
        end, cold = perf_counter() + seconds, self._models.cold
        while cold:
            model = next(reversed(cold))
            model.compile_newest(self._history(model))
            cold.popitem()
            if perf_counter() >= end:
                break
        return bool(cold)

    def _check(self) -> None:
        if self.stopped:
            raise IndexStopped(self.stopped)

    def _stop(self, position: Position, error: LedgerError) -> Stopped:
        self.stopped = Stopped(position, error.sentence)
        self._models = Models()
        self._segments.clear()
        return self.stopped

    def _load(self, upto: Position) -> None:
        """Take in many entries without reading their events: a model's are read when somebody asks about it."""
        for place in self._store.outline(self.position, upto):
            if place.stream.startswith(POLICIES):
                for entry in self._store.log(place.position - 1, place.position):
                    self._follow(entry)
            elif place.stream.startswith(MODELS):
                self._models.follow(place)
            self.position, self.recorded_at = place.position, place.recorded_at

    def _follow(self, entry: Recorded) -> None:
        if entry.stream.startswith(MODELS):
            self._models.follow(entry)
        elif isinstance(entry.event, PolicyAdopted):
            rules = self._rules.get(entry.stream, NO_RULES)
            self._rules[entry.stream] = rules.with_policy(entry, entry.event.announced_at)
        self.position, self.recorded_at = entry.position, entry.recorded_at

    def _compiled(self, model: IndexedModel, scope: Scope) -> Compiled:
        """Return a model compiled for a scope, reading its events where that was not done yet."""
        found = model.found(scope)
        if found is None:
            found = model.compile(scope, self._history(model))
            self._models.cold.pop(model, None)
        return found

    def _stretch(self, model: IndexedModel, scope: Scope, known_at: datetime) -> Stretch:
        found = self._compiled(model, scope)
        place = bisect_right(found.known, known_at)
        return found.stretches[place] or found.make(place, self._history(model))

    def _history(self, model: IndexedModel) -> Sequence[Recorded]:
        try:
            return self._store.history(model_stream(model.key), self.position)
        except UnreadableEvent as error:
            raise IndexStopped(self._stop(error.position, error)) from error

    def _step(self, valid_at: datetime, known_at: datetime, subject: str) -> Step | None:
        try:
            key, scope = parse_subject(subject)
        except LedgerError:
            return None
        model = self._models.get(key)
        return self._stretch(model, scope, known_at).step(valid_at) if model else None
