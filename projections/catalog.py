"""The catalog at one point on the three clocks: every model's answer, from one pass over the log."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.ledger import Asked, Ledger
from domain.recorded import Recorded
from domain.rules.answers import Question, StageAnswer, Status
from domain.rules.questions import Histories, answer
from domain.streams import catalog_prefix, key_of
from domain.subjects import Scope, SubjectKey


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """One model, or one scope of it, with its answer."""

    key: SubjectKey
    scope: Scope
    answer: StageAnswer


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All histories of a catalog as the ledger held them at one position."""

    question: Question
    """The point on the three clocks; its subject is filled in for each model."""
    histories: Mapping[str, Sequence[Recorded]]

    def history(self, stream: str) -> Sequence[Recorded]:
        """Return a stream's events."""
        return self.histories.get(stream, ())

    def rows(self, catalog: str | None) -> Iterator[CatalogRow]:
        """Answer for every model, and for each scope in which its claims differ."""
        prefix = catalog_prefix(catalog)
        for key in sorted(key_of(name) for name in self.histories if name.startswith(prefix)):
            yield from rows_of(self.history, replace(self.question, key=key))


def rows_of(histories: Histories, question: Question) -> Iterator[CatalogRow]:
    """Answer for one model, and for each scope in which its claims differ."""
    return catalog_rows(question, answer(histories, question))


def catalog_rows(question: Question, found: StageAnswer) -> Iterator[CatalogRow]:
    """Split an answer into rows: the whole, unless only parts of it were known, and each scope in which the claims differ."""
    if found.status is not Status.NOT_KNOWN or not found.by_scope:
        yield CatalogRow(question.key, question.scope, found)
    for scope, narrower in found.by_scope.items():
        yield CatalogRow(question.key, scope, narrower)


def snapshot(ledger: Ledger, asked: Asked) -> Snapshot:
    """Read the log once, as far as a question sees it.

    Raises:
        AsksTheFuture: a point of knowledge lies ahead.
    """
    question = ledger.question(SubjectKey("all", "all"), asked)
    histories: dict[str, list[Recorded]] = {}
    for entry in ledger.store.log(upto=question.position):
        histories.setdefault(entry.stream, []).append(entry)
    return Snapshot(question, histories)
