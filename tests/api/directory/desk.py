"""A desk: a ledger and its people in a folder, to which listings are brought."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.cli.directory_files import gather
from api.directory.importing import DirectoryImport, DirectoryReport, Terms
from domain.directory.subscription import Subscription, fold, seen_by
from domain.instants import parse_instant
from domain.ledger import Ledger
from domain.people.keys import MasterKey
from domain.people.registry import Card, People, people_path
from domain.store.sqlite import SqliteStore
from domain.streams import subscription_stream
from tests.ledgers import HandClock

FIXTURES = Path(__file__).parents[2] / "fixtures" / "directory"
RETAIL, RESEARCH, SUPPORT = (f"5ab00000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
ROLES = [FIXTURES / f"roles-{number}.json" for number in (1, 2, 3)]
HEADER = "subscription,principal,principal_type,name,address,role"
Held = tuple[str, str, str, str | None]


@dataclass
class Desk:
    """What a test acts on."""

    folder: Path
    ledger: Ledger
    people: People
    clock: HandClock

    def bring(
        self, *files: Path, groups: Sequence[str] = (), subscriptions: Sequence[str] = (), kind: str | None = None, **terms: object
    ) -> DirectoryReport:
        """Import files."""
        found = gather(files, subscriptions, groups, kind)
        return DirectoryImport(self.ledger, self.people, Terms("listing", **terms)).run(found)  # type: ignore[arg-type]

    def table(self, *rows: str, name: str = "table.csv") -> Path:
        """Write a table of roles: a row is `subscription,principal,role`, or one of all columns."""
        return self.written(name, HEADER, *(row if row.count(",") > 2 else _full(row) for row in rows))

    def deployed(self, *rows: str, name: str = "deployments.csv") -> Path:
        """Write a table of deployments: a row is `subscription,deployment,model`."""
        return self.written(name, "subscription,deployment,model", *rows)

    def written(self, name: str, *lines: str) -> Path:
        file = self.folder / name
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return file

    def subscription(self, id_: str, at: str | None = None) -> Subscription:
        """Return a subscription, now or as it was seen by an instant."""
        history = self.ledger.store.history(subscription_stream(id_))
        return fold(id_, seen_by(history, parse_instant(at)) if at else history)

    def held(self, id_: str) -> set[Held]:
        """Return who holds what, by addresses or names: with the kind, the role, and the name of the group."""
        roles = self.subscription(id_).roles.values()
        return {(self.name(r.principal), r.principal_kind.value, r.role, r.via and self.name(r.via)) for r in roles}

    def name(self, person: str) -> str:
        card = self.card(person)
        return card.address or card.name or "?"

    def card(self, person: str) -> Card:
        return self.people.cards([(person, 0)])[person, 0]

    def known(self, text: str) -> str:
        """Return the opaque id of somebody."""
        found = self.people.find(text)
        assert found
        return found

    @property
    def head(self) -> int:
        return self.ledger.store.head().position


def _full(row: str) -> str:
    subscription, principal, role = row.split(",")
    return f"{subscription},{principal},user,{principal.title()},{principal}@example.com,{role}"


@contextmanager
def desk_in(folder: Path) -> Iterator[Desk]:
    clock, path = HandClock(), folder / "ledger.db"
    store = SqliteStore(path, clock)
    try:
        with People.open(people_path(path), MasterKey.load(folder / "key", create=True)) as people:
            yield Desk(folder, Ledger(store, "tester", clock), people, clock)
    finally:
        store.close()
