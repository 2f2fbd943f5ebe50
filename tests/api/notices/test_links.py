"""A notice has a link to acknowledge it only where nobody but its recipient reads it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from api.notices.links import Links
from api.notices.settings import NoticeSettings, PersonChannel
from tests.api.notices.site import Site
from tests.servers.smtp import Mailbox
from tests.servers.webhook import Receiver, webhook_receiver

pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated and slated for removal:DeprecationWarning")  # Of one service.

ANNA = "anna@example.com"
LINKS = Links(bytes(32), "https://ledger.example")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as running:
        yield running


def test_who_is_written_to_has_a_link_to_acknowledge(site: Site, mailbox: Mailbox) -> None:
    site.office = replace(site.office, links=LINKS)
    site.subscribe("s-1", ANNA)
    run = site.announced()
    site.round()
    ((_, message),) = mailbox.received
    text = message.get_body(("plain",))
    assert text
    assert str(LINKS.acknowledge(run, 1)) in text.get_content()


def test_a_service_with_many_readers_gets_none(site: Site, receiver: Receiver) -> None:
    url = f"json://127.0.0.1:{receiver.port}/notices"
    settings = NoticeSettings(notice_channel=PersonChannel.APPRISE, apprise_url=SecretStr(url))
    site.office = replace(site.office, settings=settings, links=LINKS)
    site.subscribe("s-1", ANNA)
    site.announced()
    site.round()
    (told,) = receiver.received
    assert b"ledger.example/v1/models/" in told.body
    assert b"acknowledge" not in told.body.lower()
