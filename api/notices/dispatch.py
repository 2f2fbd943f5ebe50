"""Preparing a batch: addresses are opened only now, and those whom nothing can be sent to any more are settled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api.delivery.notice import Address, Outgoing, Place, WebhookTarget
from api.notices.attempts import Attempt
from api.notices.links import Links
from api.notices.work import Work
from domain.ledger import Ledger
from domain.notices.events import Recipient, Result
from domain.people.registry import Card, People
from domain.subjects import subject_text
from projections.directory.wishes import wishes
from projections.notices.suppression import suppressed
from projections.tables.views import Views

ERASED = "erased"
OPTED_OUT = "opted_out"
REMOVED = "removed"
BOUNCED_BEFORE = "bounced_before"
GIVEN_UP = "given_up"
"""Codes of outcomes that no server gave."""

WEBHOOK = "webhook"


@dataclass
class Ready:
    """A batch, ready to be sent."""

    by_channel: dict[str, list[Outgoing]] = field(default_factory=dict)
    settled: list[Attempt] = field(default_factory=list)
    """Outcomes of those who are not tried."""


@dataclass(frozen=True)
class Dispatch:
    """Prepares what is sent. Blocking."""

    ledger: Ledger
    views: Views
    people: People
    links: Links
    person_channel: str
    """The channel by which people are told."""

    def prepare(self, work: Work, batch: Sequence[int]) -> Ready:
        """Open the addresses of a batch, and write down who is told what."""
        members = work.members(batch)
        people = [(recipient.id, recipient.address) for recipient, _ in members.values() if recipient.address]
        cards = self.people.cards(people)
        unwanted = self._unwanted([recipient.id for recipient, _ in members.values()])
        ready = Ready()
        for number, (recipient, places) in members.items():
            code = self._why_not(work, number, recipient, cards, unwanted)
            if code:
                result = Result.GIVEN_UP if code == GIVEN_UP else Result.SUPPRESSED
                channel = self.person_channel if recipient.address else WEBHOOK
                ready.settled.append(Attempt(number, result, self.ledger.now(), channel, code))
            else:
                self._add(ready, work, number, recipient, places, cards)
        return ready

    def _unwanted(self, ids: Sequence[str]) -> Mapping[tuple[str, int], str]:
        with self.views.reading() as connection:
            position = self.ledger.store.head().position
            wished = wishes(connection, position)
            bounced = suppressed(connection, ids, position)
        return {(id_, -1): OPTED_OUT for id_ in ids if wished.get(id_) == OPTED_OUT} | dict.fromkeys(bounced, BOUNCED_BEFORE)

    def _why_not(
        self, work: Work, number: int, recipient: Recipient, cards: Mapping[tuple[str, int], Card], unwanted: Mapping[tuple[str, int], str]
    ) -> str | None:
        if work.attempts(number) and work.next_attempt(number) is None:
            return GIVEN_UP
        if not recipient.address:
            return None if self.people.webhook(recipient.id) else REMOVED
        if (recipient.id, recipient.address) not in cards:
            return ERASED
        return unwanted.get((recipient.id, -1)) or unwanted.get((recipient.id, recipient.address))

    def _add(
        self,
        ready: Ready,
        work: Work,
        number: int,
        recipient: Recipient,
        places: tuple[Place, ...],
        cards: Mapping[tuple[str, int], Card],
    ) -> None:
        webhook = None if recipient.address else self.people.webhook(recipient.id)
        card = cards.get((recipient.id, recipient.address))
        if webhook:
            to: Address | WebhookTarget = WebhookTarget(recipient.id, webhook.url, webhook.secret)
        elif card and card.address:
            to = Address(card.name, card.address)
        else:
            return
        opened = work.opened
        outgoing = Outgoing(
            run=work.run,
            recipient=number,
            opened=opened,
            places=places,
            to=to,
            acknowledge_url=self.links.acknowledge(work.run, number) if card else None,
            ledger_url=self.links.model(subject_text(opened.key, opened.scope)),
        )
        ready.by_channel.setdefault(WEBHOOK if webhook else self.person_channel, []).append(outgoing)
