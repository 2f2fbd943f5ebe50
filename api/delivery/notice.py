"""A notice on its way to one recipient."""

from dataclasses import dataclass, field

from domain.events import Position
from domain.notices.events import NotificationRunOpened


@dataclass(frozen=True, slots=True)
class Place:
    """Why a recipient is told: roles in a subscription. A webhook has none."""

    subscription: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Where a person is told. Never shown in an error or a log."""

    name: str | None
    address: str


@dataclass(frozen=True, slots=True, repr=False)
class WebhookTarget:
    """Where a subscription is told, and the secret with which that is signed."""

    id: str
    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message: who is told what, and why."""

    run: Position
    recipient: int
    """The recipient's number in the run."""
    opened: NotificationRunOpened
    places: tuple[Place, ...]
    to: Address | WebhookTarget
    acknowledge_url: str | None = field(repr=False)
    """Whoever has it can say, as the recipient, that the notice was read."""
    ledger_url: str | None
    """Where to look the model up."""

    @property
    def key(self) -> str:
        """The name of the message, however often it is sent: whoever gets it twice can tell."""
        return f"{self.run}.{self.recipient}"
