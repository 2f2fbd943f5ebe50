"""What would be sent: the audience and the text of a run that is not open yet."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from api import wire_answers as wire
from api.delivery.notice import Address, Outgoing, Place
from api.delivery.rendering import Rendered, rendered
from api.notices.audience import Reachable, members_of
from api.notices.delivering import Office
from api.notices.following import follow
from domain.notices.audience import Member, exclusion_of, in_chunks
from domain.notices.events import Exclusion, NotificationRunOpened
from domain.recorded import Recorded
from domain.subjects import subject_text

NOBODY = Member("", None, ())


@dataclass(frozen=True, slots=True)
class Preview:
    """A run as it would be opened now."""

    opened: NotificationRunOpened
    recipients: int
    excluded: dict[str, int]
    """Those who cannot be told, by the reason."""
    roles: dict[str, int]
    """Members by role; somebody with two roles counts in both."""
    subscriptions: int
    told: Rendered
    """The text that the first of them would get."""

    @property
    def expected(self) -> int:
        """How many would have to be told."""
        return self.recipients + sum(self.excluded.values())


def preview(office: Office, opened: NotificationRunOpened, history: Sequence[Recorded]) -> Preview:
    """Resolve a run's audience as the directory stands, and write the text. Blocking; nothing is recorded.

    `history` is the model's with what would be recorded.
    """
    follow(office.ledger, office.views)
    found = _Counted()
    with office.views.reading() as connection:
        reachable = Reachable.at(connection, office.people, opened.run)
        for members, _ in in_chunks(members_of(connection, opened, history)):
            for member, reach in zip(members, reachable.of(members), strict=True):
                found.count(member, exclusion_of(member, reach))
    told = _text(office, opened, found.first)
    return Preview(opened, found.recipients, dict(found.excluded), dict(found.roles), len(found.subscriptions), told)


@dataclass
class _Counted:
    """An audience, counted."""

    recipients: int = 0
    first: Member = NOBODY
    excluded: Counter[str] = field(default_factory=Counter)
    roles: Counter[str] = field(default_factory=Counter)
    subscriptions: set[str] = field(default_factory=set)

    def count(self, member: Member, exclusion: Exclusion | None) -> None:
        if exclusion:
            self.excluded[exclusion.value] += 1
        else:
            self.first = self.first if self.recipients else member
            self.recipients += 1
        self.roles.update({role for _, role in member.reasons if role})
        self.subscriptions.update(subscription for subscription, _ in member.reasons)


def wire_preview(found: Preview) -> wire.JSON:
    """Write a run that would be opened."""
    return {
        "cause": found.opened.cause,
        "model": str(found.opened.key),
        "scope": found.opened.scope.as_dict(),
        "expected": found.expected,
        "recipients": found.recipients,
        "excluded": found.excluded,
        "roles": found.roles,
        "subscriptions": found.subscriptions,
        "subject": found.told.subject,
        "text": found.told.text,
    }


def _text(office: Office, opened: NotificationRunOpened, member: Member) -> Rendered:
    roles: dict[str, list[str]] = {}
    for subscription, role in member.reasons:
        roles.setdefault(subscription, []).append(role)
    return rendered(
        Outgoing(
            run=opened.run,
            recipient=1,
            opened=opened,
            places=tuple(Place(subscription, tuple(filter(None, held))) for subscription, held in roles.items()),
            to=Address(None, "reader@example.com"),
            acknowledge_url=office.links.example(),
            ledger_url=office.links.model(subject_text(opened.key, opened.scope)),
        )
    )
