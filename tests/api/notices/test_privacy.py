"""Names, addresses and directory ids stand in clear in the notices themselves and nowhere else; who is erased leaves the count whole."""

import json
import logging
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from stat import S_IMODE
from time import monotonic, sleep

import pytest

from api.notices.delivering import notice_folder
from domain.directory.commands import RecordErasure
from domain.events import Position
from projections.notices.audit import AuditFilter
from tests.api.http.processes import Served
from tests.api.notices.hooks import Hooks, hooks_receiver
from tests.api.notices.seed import NOT_TOLD, TOLD, address, fill
from tests.api.notices.site import Site
from tests.cli import Shell
from tests.servers.smtp import Mailbox, free_port, mail_server

SERVE_SECONDS = 30


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with hooks_receiver() as running:
        yield running


def secrets() -> list[bytes]:
    """Return all that must not stand in clear: addresses, their first parts, names and directory ids, however they are written."""
    found = [form for name in (*TOLD, NOT_TOLD) for form in (address(name), name, f"Name of {address(name)}", f"directory-{address(name)}")]
    return [form.encode(encoding) for form in found for encoding in ("utf-8", "utf-16-le")]


def leaks(*files: Path) -> list[tuple[str, bytes]]:
    return [
        (file.name, secret)
        for file in files
        for content in [file.read_bytes().lower()]
        for secret in secrets()
        if secret.lower() in content
    ]


def test_nothing_in_clear_beside_the_notices_themselves(
    site: Site, mailbox: Mailbox, hooks: Hooks, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    site.mail_through(mailbox, webhook_allow=("127.0.0.1",), webhook_allow_http=True)
    fill(site, hooks)
    mailbox.always[address("chen.li")] = f"550 5.1.1 <{address('chen.li')}>: Recipient address rejected: user chen.li unknown"
    mailbox.answers[address("anna.berg")] = [f"451 4.7.1 {address('anna.berg')}: try again later"]
    mailbox.drops = [address("bjorn.dahl")]
    site.announced()
    site.until_closed()
    site.audit()
    site.mail_through(Mailbox(port=free_port()))
    site.announced(retired="2027-08-01")
    site.round()
    files = [file for file in site.path.parent.iterdir() if file.is_file()]
    assert {file.name for file in files} >= {"ledger.db", "ledger.db-wal", "ledger.views.db", "ledger.outbox.db", "ledger.people.db"}
    assert leaks(*files) == []
    ours = [record for record in caplog.records if record.name != "mail.log"]  # The test's own server logs what it likes.
    assert [secret for record in ours for secret in secrets() if secret.decode("utf-8", "replace") in record.getMessage()] == []
    assert [word for word in site.said if "@" in word] == []


def test_the_folder_of_notices_holds_them_in_clear_for_its_owner_alone(site: Site, hooks: Hooks) -> None:
    fill(site, hooks)
    run = site.announced()
    site.round()
    folder = notice_folder(site.path) / str(run)
    notices = sorted(folder.iterdir())
    assert len(notices) == len(TOLD)
    assert {S_IMODE(path.stat().st_mode) for path in notices} == {0o600}
    assert S_IMODE(folder.stat().st_mode) == 0o700
    told = {message_from_bytes(path.read_bytes(), policy=default)["To"].addresses[0].addr_spec for path in notices}
    assert told == set(map(address, TOLD))
    assert leaks(*notices), "so the search finds what is there"
    assert leaks(*(file for file in site.path.parent.iterdir() if file.is_file())) == []


def test_the_service_says_nothing_of_it_in_its_logs_and_answers(site: Site, hooks: Hooks, shell: Shell) -> None:
    fill(site, hooks)
    run = site.announced()
    with mail_server() as mailbox:
        mailbox.always[address("chen.li")] = f"550 5.1.1 <{address('chen.li')}> unknown"
        settings = {
            "LIFECYCLE_NOTICE_CHANNEL": "smtp",
            "LIFECYCLE_SMTP_HOST": mailbox.host,
            "LIFECYCLE_SMTP_PORT": str(mailbox.port),
            "LIFECYCLE_SMTP_SECURITY": "none",
            "LIFECYCLE_WEBHOOK_ALLOW": json.dumps(["127.0.0.1"]),
            "LIFECYCLE_WEBHOOK_ALLOW_HTTP": "true",
        }
        with Served(shell, "--database", f"sqlite:///{site.path}", "--actor", "tester", settings=settings) as served:
            until = monotonic() + SERVE_SECONDS
            while site.run(run).closed is None and monotonic() < until:
                sleep(0.05)
            answers = [served.ask(path)[2] for path in ("/metrics", "/readyz", "/v1/events?limit=1000")]
            served.signal()
            served.ended()
        assert site.run(run).closed is not None
        assert sorted(mailbox.recipients) == sorted(map(address, set(TOLD) - {"chen.li"}))
    said = "\n".join(served.lines).encode() + b"".join(answers)
    assert b"notices delivered" in said
    assert [secret for secret in secrets() if secret in said] == []


def test_who_is_erased_leaves_counts_digests_and_replays_whole(site: Site, mailbox: Mailbox) -> None:
    run = delivered(site)
    before, rows, digest = site.run(run), site.audit(AuditFilter(run=run)), site.office.views.digest("notices")
    anna = site.ids[address("anna.berg")]
    site.office.people.erase(anna, site.clock.now)
    site.ledger.execute(RecordErasure(person=anna))

    assert site.run(run) == before
    assert site.audit(AuditFilter(run=run)) == rows
    assert anna in {row.id for row in rows}, "the audit shows the same opaque id"
    site.office.views.rebuild(site.ledger.store)
    assert site.office.views.digest("notices") == digest
    assert site.audit(AuditFilter(run=run)) == rows
    assert site.office.people.cards([(anna, 1)]) == {}
    (again,) = site.known(address("anna.berg"))
    assert again != anna, "whoever is listed again is somebody else"
    assert mailbox.recipients.count(address("anna.berg")) == 1


def delivered(site: Site) -> Position:
    site.subscribe("s-1", *map(address, TOLD))
    run = site.announced()
    site.round()
    return run
