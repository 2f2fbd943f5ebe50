"""The channel for e-mail, set for a server of a test."""

from typing import Any

from api.delivery.smtp import Security, SmtpChannel, SmtpSettings
from tests.api.delivery.letters import SENDER, clock
from tests.servers.smtp import Mailbox

TIMEOUT_SECONDS = 5.0


def channel(mailbox: Mailbox, security: Security = Security.NONE, **more: Any) -> SmtpChannel:
    settings = {"sender": SENDER, "timeout": TIMEOUT_SECONDS, "local_hostname": "client.example", **more}
    return SmtpChannel(SmtpSettings(mailbox.host, mailbox.port, security=security, **settings), clock)
