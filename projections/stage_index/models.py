"""The models that the index knows: where each stands in the log, and what was compiled of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.events import Position
from domain.recorded import Outline, Recorded
from domain.streams import key_of
from domain.subjects import WHOLE, Scope, SubjectKey
from projections.stage_index.compiled import Canonical, Compiled, Named, canonical, compiled, named_by, scopes_of

SCOPES_SPARE = 16
"""How many scopes of a model are kept compiled beyond twice those of its claims; the oldest go first."""


@dataclass(slots=True, eq=False)
class IndexedModel:
    """A model as far as the index has followed its stream."""

    key: SubjectKey
    version: int
    """Of its stream: how many events it holds."""
    first_position: Position
    last_position: Position
    whole: Compiled | None = None
    """For questions that name nothing that a claim names; none until somebody asks."""
    _named: Named | None = None
    _scoped: dict[Canonical, Compiled] = field(default_factory=dict)

    def found(self, scope: Scope) -> Compiled | None:
        """Return what was compiled for a scope, if it was."""
        if self._named is None:
            return None
        form = canonical(scope, self._named)
        return self._scoped.get(form) if form else self.whole

    def compile(self, scope: Scope, history: Sequence[Recorded]) -> Compiled:
        """Compile the model for a scope. The history reaches to its last position."""
        if self._named is None:
            self._named = named_by(history)
        form = canonical(scope, self._named)
        made = compiled(scope, history)
        if not form:
            self.whole = made
            return made
        self._scoped[form] = made
        if len(self._scoped) > SCOPES_SPARE + 2 * len(scopes_of(history)):
            del self._scoped[next(iter(self._scoped))]
        return made

    def compile_newest(self, history: Sequence[Recorded]) -> None:
        """Compile what was known last, of the model as a whole and of each scope that its claims are about."""
        for scope in {WHOLE, *scopes_of(history)}:
            found = self.compile(scope, history)
            found.make(len(found.known), history)

    def forget(self) -> None:
        """Forget what was compiled: the stream has moved on."""
        self.whole = self._named = None
        self._scoped = {}


class Models:
    """All models, by catalog and name."""

    def __init__(self) -> None:
        self.by_catalog: dict[str, dict[str, IndexedModel]] = {}
        self.cold: dict[IndexedModel, None] = {}
        """Those of which nothing is compiled."""
        self._streams: dict[str, IndexedModel] = {}
        self._sorted: dict[str | None, Sequence[IndexedModel]] = {}
        self._keys: dict[str | None, Sequence[SubjectKey]] = {}

    def get(self, key: SubjectKey) -> IndexedModel | None:
        """Return the model under a key, if there is one."""
        models = self.by_catalog.get(key.catalog)
        return models.get(key.model) if models else None

    def follow(self, entry: Recorded | Outline) -> None:
        """Take in an entry of a model's stream.

        Raises:
            InvalidName: the stream is about no model.
        """
        model = self._streams.get(entry.stream)
        if model is None:
            model = self._begin(entry)
        elif model not in self.cold:
            model.forget()
            self.cold[model] = None
        model.version, model.last_position = entry.version, entry.position

    def _begin(self, entry: Recorded | Outline) -> IndexedModel:
        key = key_of(entry.stream)
        model = IndexedModel(key, entry.version, entry.position, entry.position)
        self._streams[entry.stream] = self.by_catalog.setdefault(key.catalog, {})[key.model] = model
        self.cold[model] = None
        self._sorted.clear()
        self._keys.clear()
        return model

    def sorted(self, catalog: str | None) -> Sequence[IndexedModel]:
        """Return the models of a catalog, or of all, sorted by key."""
        if catalog is not None and catalog not in self.by_catalog:
            return ()
        if catalog not in self._sorted:
            models = [model for name, found in self.by_catalog.items() if catalog in (None, name) for model in found.values()]
            self._sorted[catalog] = tuple(sorted(models, key=lambda model: (model.key.catalog, model.key.model)))
        return self._sorted[catalog]

    def keys(self, catalog: str | None) -> Sequence[SubjectKey]:
        """Return the keys of a catalog, or of all, sorted."""
        models = self.sorted(catalog)
        if models and catalog not in self._keys:
            self._keys[catalog] = tuple(model.key for model in models)
        return self._keys.get(catalog, ())
