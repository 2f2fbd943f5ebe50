"""A site, and a mail server that it tells people through."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.notices.site import Site, site_at
from tests.servers.smtp import Mailbox, mail_server


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with site_at(tmp_path) as opened:
        yield opened


@pytest.fixture
def mailbox(site: Site) -> Iterator[Mailbox]:
    with mail_server() as running:
        site.mail_through(running)
        yield running
