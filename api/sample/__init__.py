"""The packaged sample: retirements as two published pages gave them from October 2024 to January 2025, facts only."""

from dataclasses import dataclass
from importlib.resources import files

from api.importers.job import Defaults, Importer
from api.importers.readers.document import Document, Format, open_document
from domain.commands import AdoptPolicy
from domain.errors import LedgerError
from domain.ledger import Ledger
from domain.rules.policy import AZURE_SERVERLESS_V1

DEMO_ACTOR = "demo"


@dataclass(eq=False)
class SampleIntoLedger(LedgerError):
    """The sample, on its way into a ledger that somebody uses."""

    actor: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return (
            f"This ledger holds entries of {self.actor}; the sample goes only into a demo ledger, in which every entry was appended by "
            f"{DEMO_ACTOR}. Give it one: LIFECYCLE_ACTOR={DEMO_ACTOR} lifecycle import --sample --database sqlite:///demo.db"
        )


def sample_document() -> Document:
    """Open the sample's announcements."""
    content = files(__name__).joinpath("announcements.jsonl").read_bytes()
    return open_document(content, name="the packaged sample", form=Format.JSON_LINES)


def fill(ledger: Ledger) -> None:
    """Put the sample and the rules of its catalog into an empty ledger."""
    adopt_rules(ledger)
    for _ in Importer(ledger, Defaults()).document(sample_document(), Defaults()):
        pass


def adopt_rules(ledger: Ledger) -> None:
    """Adopt the published rules of the catalog `azure`, once."""
    ledger.execute(AdoptPolicy(policy=AZURE_SERVERLESS_V1), key="sample:azure-serverless-v1")


def refuse_mixing(ledger: Ledger) -> None:
    """Refuse to mix the sample into a ledger that somebody uses.

    Raises:
        SampleIntoLedger: somebody else than the demo has appended to it, or is about to.
    """
    actors = {entry.actor for entry in ledger.store.log()} | {ledger.actor}
    for actor in sorted(actors - {DEMO_ACTOR}):
        raise SampleIntoLedger(actor)
