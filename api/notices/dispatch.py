"""Preparing a batch: addresses are opened only now, and those whom nothing can be sent to any more are settled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api.delivery.notice import Address, Outgoing, Place, WebhookTarget
from api.notices.attempts import Attempt
from api.notices.following import follow
from api.notices.links import Links
from api.notices.settings import PersonChannel
from api.notices.work import Work
from domain.events import Position
from domain.ledger import Ledger
from domain.notices.events import Recipient, Result
from domain.people.errors import CardDamaged
from domain.people.registry import Card, People
from domain.subjects import subject_text
from projections.directory.wishes import wishes
from projections.notices.superseded import told_since
from projections.notices.suppression import suppressed
from projections.tables.views import Views

ERASED = "erased"
REMOVED = "removed"
BOUNCED_BEFORE = "bounced_before"
GIVEN_UP = "given_up"
SUPERSEDED = "superseded"
DAMAGED = "damaged"
"""Codes of outcomes that no server gave."""

WEBHOOK = "webhook"

_RESULTS = {GIVEN_UP: Result.GIVEN_UP, DAMAGED: Result.TRANSIENT}
"""What came of those who are not tried; suppressed, unless said here. What was damaged may be brought back."""

_CardKey = tuple[str, int]


@dataclass
class Ready:
    """A batch, ready to be sent."""

    by_channel: dict[str, list[Outgoing]] = field(default_factory=dict)
    settled: list[Attempt] = field(default_factory=list)
    """Outcomes of those who are not tried."""


@dataclass
class Dispatch:
    """Prepares what is sent. Blocking."""

    ledger: Ledger
    views: Views
    people: People
    links: Links
    person_channel: str
    """The channel by which people are told."""
    _known: Position = field(default=0, init=False)
    """Up to where the views have taken in whatever can concern whom to tell."""

    def passed(self, position: Position) -> None:
        """Let an entry be that the worker appended itself: it says nothing new of those who are still to be told."""
        if position == self._known + 1:
            self._known = position

    def prepare(self, work: Work, batch: Sequence[int]) -> Ready:
        """Open the addresses of a batch, and write down who is told what. What was recorded until now counts."""
        members = work.members(batch)
        people = [(recipient.id, recipient.address) for recipient, _ in members.values() if recipient.address]
        cards, unwanted = self._cards(people), self._unwanted(people)
        overtaken = self._overtaken(work.run, [recipient.id for number, (recipient, _) in members.items() if work.attempts(number)])
        ready = Ready()
        for number, (recipient, places) in members.items():
            given_up = bool(work.attempts(number)) and work.next_attempt(number) is None
            if given_up or recipient.id in overtaken:
                to: Address | WebhookTarget | str = GIVEN_UP if given_up else SUPERSEDED
            else:
                to = unwanted.get((recipient.id, recipient.address)) or self._target(recipient, cards)
            channel = self.person_channel if recipient.address else WEBHOOK
            if isinstance(to, str):
                result = _RESULTS.get(to, Result.SUPPRESSED)
                ready.settled.append(Attempt(number, result, self.ledger.now(), channel, to))
            else:
                ready.by_channel.setdefault(channel, []).append(self._outgoing(work, number, places, to))
        return ready

    def _cards(self, people: Sequence[_CardKey]) -> Mapping[_CardKey, Card | None]:
        """Open cards; none stands for one that is damaged, which must not keep the others from being told."""
        try:
            return dict(self.people.cards(people))
        except CardDamaged:
            found: dict[_CardKey, Card | None] = {}
            for of in people:
                try:
                    found |= self.people.cards([of])
                except CardDamaged:
                    found[of] = None
            return found

    def _unwanted(self, people: Sequence[_CardKey]) -> Mapping[_CardKey, str]:
        ids, position = [id_ for id_, _ in people], self.ledger.store.head().position
        if position > self._known:
            follow(self.ledger, self.views)
            self._known = position
        with self.views.reading() as connection:
            wished = wishes(connection, position, ids)
            bounced = suppressed(connection, ids, position)
        return dict.fromkeys(bounced, BOUNCED_BEFORE) | {of: wished[of[0]] for of in people if of[0] in wished}

    def _overtaken(self, run: Position, again: Sequence[str]) -> set[str]:
        """Return who of those that are to be tried again was told newer dates meanwhile: the older ones must not arrive last."""
        if not again:
            return set()
        with self.views.reading() as connection:
            return told_since(connection, run, again, self._known)

    def _target(self, recipient: Recipient, cards: Mapping[_CardKey, Card | None]) -> Address | WebhookTarget | str:
        """Return where a recipient is told, or the code of why there is no such place."""
        if not recipient.address:
            try:
                webhook = self.people.webhook(recipient.id)
            except CardDamaged:
                return DAMAGED
            return WebhookTarget(recipient.id, webhook.url, webhook.secret) if webhook else REMOVED
        if (recipient.id, recipient.address) not in cards:
            return ERASED
        card = cards[recipient.id, recipient.address]
        return Address(card.name, card.address) if card and card.address else DAMAGED

    def _reads_alone(self, to: Address | WebhookTarget) -> bool:
        """Tell whether nobody else reads what is sent: whoever has the link acknowledges in the recipient's name."""
        return isinstance(to, Address) and self.person_channel != PersonChannel.APPRISE

    def _outgoing(self, work: Work, number: int, places: tuple[Place, ...], to: Address | WebhookTarget) -> Outgoing:
        opened = work.opened
        return Outgoing(
            run=work.run,
            recipient=number,
            opened=opened,
            places=places,
            to=to,
            acknowledge_url=self.links.acknowledge(work.run, number) if self._reads_alone(to) else None,
            ledger_url=self.links.model(subject_text(opened.key, opened.scope)),
        )
