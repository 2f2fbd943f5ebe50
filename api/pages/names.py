"""Names of models as their providers write them: read from the log once, and again when a model's stream has moved on."""

from dataclasses import dataclass

from starlette.requests import Request

from api.http.service import Service
from domain.events import ModelListed, Position
from domain.streams import model_stream
from domain.subjects import SubjectKey

KEPT_MAX = 50_000


@dataclass(frozen=True, slots=True)
class Named:
    """What a model's last listing calls it; nothing where it has none."""

    name: str
    provider: str


_NOTHING = Named("", "")


class Names:
    """The names of one service's models."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._kept: dict[SubjectKey, tuple[Position, Named]] = {}

    def of(self, key: SubjectKey) -> Named:
        """Return a model's name and provider."""
        entry = None if self._service.index.stopped else self._service.index.entry(key)
        at = entry.last_position if entry else self._service.position
        kept = self._kept.get(key)
        if kept is None or kept[0] != at:
            if len(self._kept) > KEPT_MAX:
                self._kept.clear()
            kept = self._kept[key] = (at, self._read(key))
        return kept[1]

    def _read(self, key: SubjectKey) -> Named:
        listed = [entry.event for entry in self._service.ledger.store.history(model_stream(key)) if isinstance(entry.event, ModelListed)]
        return Named(listed[-1].name or "", listed[-1].provider or "") if listed else _NOTHING


def names_of(request: Request) -> Names:
    """Return the names of the models that an application serves, kept as long as it is."""
    state = request.app.state
    found: Names | None = getattr(state, "names", None)
    if found is None:
        found = state.names = Names(state.service)
    return found
