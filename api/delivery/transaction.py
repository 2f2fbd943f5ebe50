"""One message by an open connection: what the server is told, and what its answer means."""

from dataclasses import dataclass
from enum import Enum

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from api.delivery.outcome import scrubbed
from api.delivery.replies import code_of, queue_id
from domain.notices.events import Result

_PERMANENT = 500
_ABOUT_US = frozenset({530, 535, 538})
"""Permanent answers that are about who sends, not about the recipient: authentication is asked for."""


class _Phase(Enum):
    """What the server is being told."""

    SENDER = 1
    RECIPIENT = 2
    CONTENT = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it."""

    result: Result
    code: str
    reference: str | None = None
    detail: str | None = None
    usable: bool = True
    """Whether the connection can be used again."""


async def handed_over(client: SMTP, sender: str, address: str, data: bytes) -> Answer:
    """Hand a message over for one recipient. No answer of the server is raised, nor is its silence."""
    phase = _Phase.SENDER
    options = [] if address.isascii() and sender.isascii() else ["SMTPUTF8"]
    try:
        if options and not await _takes_unicode(client):
            return Answer(Result.TRANSIENT if address.isascii() else Result.PERMANENT, "smtputf8_not_supported")
        await client.mail(sender, options=options, encoding="utf-8")
        phase = _Phase.RECIPIENT
        await client.rcpt(address, encoding="utf-8")
        phase = _Phase.CONTENT
        response = await client.data(data)
    except SMTPResponseException as error:
        # A server that refuses the sender says nothing about the recipient, who is tried again when that is mended.
        permanent = error.code >= _PERMANENT and error.code not in _ABOUT_US and phase is not _Phase.SENDER
        result = Result.PERMANENT if permanent else Result.TRANSIENT
        words, usable = scrubbed(error.message, address), await _begins_anew(client)
        return Answer(result, code_of(error.code, error.message), detail=words, usable=usable)
    except (SMTPException, OSError) as error:
        result = Result.UNKNOWN if phase is _Phase.CONTENT else Result.TRANSIENT
        return Answer(result, "disconnected", detail=scrubbed(str(error), address), usable=False)
    return Answer(Result.ACCEPTED, code_of(response.code, response.message), queue_id(response.message))


async def _begins_anew(client: SMTP) -> bool:
    try:
        await client.rset()
    except (SMTPException, OSError):
        return False
    return True


async def _takes_unicode(client: SMTP) -> bool:
    if client.is_ehlo_or_helo_needed:
        await client.ehlo()
    return client.supports_extension("smtputf8")
