"""Links in a notice: to the ledger's own page, and the signed one by which a reader says that it was read."""

from dataclasses import dataclass

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from domain.errors import LedgerError
from domain.events import Position

PURPOSE = "acknowledgement"
"""What the signing key is derived for."""

VALID_DAYS = 180
"""How long a link can be used, in days."""

PATH = "/notices/acknowledge"


@dataclass(eq=False)
class LinkInvalid(LedgerError):
    """A link that was not given out here, or was changed on its way."""

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return "This link is not one of ours, or was cut short on its way. Copy it whole from the notice."


@dataclass(eq=False)
class LinkExpired(LedgerError):
    """A link that is too old."""

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"This link has expired: it can be used for {VALID_DAYS} days. The notice itself stands as it was sent."


class Links:
    """Makes links, and reads what comes back by them."""

    def __init__(self, key: bytes, public_url: str | None) -> None:
        """Sign with a key; `public_url` is where readers reach the service, without a slash at the end; without it there are no links."""
        self._serializer = URLSafeTimedSerializer(key, salt=PURPOSE)
        self._public_url = public_url.rstrip("/") if public_url else None

    def model(self, subject: str) -> str | None:
        """Return where a model is looked up."""
        return f"{self._public_url}/v1/models/{subject}/stage" if self._public_url else None

    def acknowledge(self, run: Position, recipient: int) -> str | None:
        """Return the link by which a recipient says that the notice was read."""
        return f"{self._public_url}{PATH}/{self.token(run, recipient)}" if self._public_url else None

    def example(self) -> str | None:
        """Return what such a link looks like, of no use to anybody."""
        return f"{self._public_url}{PATH}/..." if self._public_url else None

    def token(self, run: Position, recipient: int) -> str:
        """Sign a recipient of a run."""
        return str(self._serializer.dumps([run, recipient]))

    def read(self, token: str) -> tuple[Position, int]:
        """Return the run and the recipient that a token names.

        Raises:
            LinkInvalid: it was not signed here.
            LinkExpired: it is too old.
        """
        try:
            run, recipient = self._serializer.loads(token, max_age=VALID_DAYS * 86_400)
        except SignatureExpired:
            raise LinkExpired from None
        except (BadSignature, ValueError, TypeError):
            raise LinkInvalid from None
        return int(run), int(recipient)
