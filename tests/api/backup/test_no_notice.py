"""A ledger that was restored tells nobody anything, however it is run, until somebody switches that on."""

import logging
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Event

import pytest

from api.notices.outbox import DeliveringOff, DeliveryBusy, Outbox, outbox_path, switch_on, switched_off
from api.notices.postman import Postman
from api.opening_people import key_path
from domain.events import Position
from tests.api.backup.copies import NOW, copied, restored
from tests.api.http.processes import Served
from tests.api.notices.site import Site, site_at
from tests.cli import Shell
from tests.servers.smtp import Mailbox, mail_server

SECONDS = 30
PEOPLE = tuple(f"p{number}@contoso.com" for number in range(5))


@pytest.fixture
def site(ledger_left_open: Path, empty: Path) -> Iterator[Site]:
    """A restored ledger, complete with its people and their key, in which a run is open of which nobody was told yet."""
    restored(copied(ledger_left_open, with_people=True)[0], empty / "ledger.db")
    shutil.copy2(key_path(ledger_left_open), key_path(empty / "ledger.db"))
    with site_at(empty) as opened:
        yield opened


@pytest.fixture
def ledger_left_open(tmp_path: Path) -> Path:
    folder = tmp_path / "left"
    folder.mkdir()
    with site_at(folder) as left:
        left.subscribe("s-1", *PEOPLE)
        left.announced()
    return folder / "ledger.db"


@pytest.fixture
def mailbox(site: Site) -> Iterator[Mailbox]:
    with mail_server() as running:
        site.mail_through(running)
        yield running


def by_mail(mailbox: Mailbox) -> dict[str, str]:
    return {
        "LIFECYCLE_NOTICE_CHANNEL": "smtp",
        "LIFECYCLE_SMTP_HOST": mailbox.host,
        "LIFECYCLE_SMTP_PORT": str(mailbox.port),
        "LIFECYCLE_SMTP_SECURITY": "none",
    }


def run_of(site: Site) -> Position:
    (run,) = (entry.position for entry in site.ledger.store.log() if entry.event.topic == "NotificationRunOpened.v1")
    return run


def test_a_worker_is_refused_until_it_is_switched_on(site: Site, mailbox: Mailbox) -> None:
    head = site.ledger.store.head()
    with pytest.raises(DeliveringOff, match="lifecycle notices resume"):
        site.round()
    assert mailbox.received == []
    assert site.ledger.store.head() == head
    assert switch_on(outbox_path(site.path))
    assert not switch_on(outbox_path(site.path))
    site.round()
    assert sorted(mailbox.recipients) == sorted(PEOPLE), "so it would have told them"


def test_what_is_announced_after_it_waits_too(site: Site, mailbox: Mailbox) -> None:
    site.announced(retired="2027-09-01")
    with pytest.raises(DeliveringOff):
        site.round()
    assert mailbox.received == []


def test_deliver_at_the_command_line_sends_nothing(site: Site, mailbox: Mailbox, shell: Shell) -> None:
    arguments = ("--database", f"sqlite:///{site.path}", "--actor", "tester")
    done = shell.lifecycle("notices", "deliver", *arguments, env=by_mail(mailbox))
    assert done.code == 5
    assert "Delivering is off" in done.err
    assert mailbox.received == []
    assert shell.lifecycle("notices", "resume", *arguments[:2]).out == "delivering is on\n"
    assert shell.lifecycle("notices", "resume", *arguments[:2]).out == "delivering was on already\n"
    shell.lifecycle("notices", "deliver", *arguments, env=by_mail(mailbox))
    assert sorted(mailbox.recipients) == sorted(PEOPLE)


class Told(logging.Handler):
    """Waits for a line of the log."""

    def __init__(self, line: str) -> None:
        super().__init__()
        self.line = line
        self.said = Event()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == self.line:
            self.said.set()


def test_the_worker_of_the_service_sends_nothing_and_goes_on_when_it_is_switched_on(site: Site, mailbox: Mailbox) -> None:
    refused, recorded = Told("notices not delivered"), Event()
    logging.getLogger("lifecycle").addHandler(refused)
    postman = Postman(site.office, recorded.set)
    try:
        postman.start()
        assert refused.said.wait(SECONDS)
        assert "Delivering is off" in str(postman.failing)
        assert mailbox.received == []
        switch_on(outbox_path(site.path))
        postman.poke()
        assert recorded.wait(SECONDS)
    finally:
        postman.close(SECONDS)
        logging.getLogger("lifecycle").removeHandler(refused)
    assert sorted(mailbox.recipients) == sorted(PEOPLE)


class ServedRestored(Served):
    """The service, whose worker may speak before it listens."""

    def __init__(self, shell: Shell, *arguments: str, settings: Mapping[str, str]) -> None:
        super().__init__(shell, *arguments, settings=settings)
        self.refused = Event()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            if "notices not delivered" in line:
                self.refused.set()
            elif self.lines or not line.startswith("{"):
                self.lines.append(line)
                self._listening.set()
        self._listening.set()


def test_the_service_says_that_it_does_not_deliver_and_sends_nothing(site: Site, mailbox: Mailbox, shell: Shell) -> None:
    arguments = ("--database", f"sqlite:///{site.path}", "--actor", "tester")
    with ServedRestored(shell, *arguments, settings=by_mail(mailbox)) as served:
        assert served.refused.wait(SECONDS)
        assert any("Delivering is off" in warning for warning in served.get("/readyz")["warnings"])
        served.signal()
        served.ended()
    assert mailbox.received == []
    assert site.run(run_of(site)).closed is None


def test_nothing_is_restored_while_a_worker_delivers(ledger_left_open: Path, empty: Path) -> None:
    copy = copied(ledger_left_open)[0]
    with Outbox.held(outbox_path(empty / "ledger.db")), pytest.raises(DeliveryBusy):
        restored(copy, empty / "ledger.db")


def test_a_restore_that_fails_switches_nothing_off_that_was_on(tmp_path: Path) -> None:
    path = outbox_path(tmp_path / "ledger.db")
    with Outbox.held(path):
        pass
    with pytest.raises(RuntimeError), switched_off(path, NOW):
        raise RuntimeError
    with Outbox.held(path):
        pass
    with switched_off(path, NOW):
        pass
    with pytest.raises(RuntimeError), switched_off(path, NOW):
        raise RuntimeError
    with pytest.raises(DeliveringOff), Outbox.held(path):
        pass
