"""Workers that are killed with SIGKILL: the next one goes on, nobody is missing, and who may have been told twice stands on record so."""

import random
import signal
from hashlib import sha256
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from api.notices.outbox import DeliveryBusy
from domain.notices.audience import CHUNK_MEMBERS
from domain.notices.events import AudienceRecorded, Excluded, Recipient, SubscriptionCount
from domain.streams import notice_stream
from tests.api.notices.kills import finish, kill_workers, opened, reckon
from tests.api.notices.site import Site
from tests.api.notices.worker_child import END_SECONDS, worker
from tests.servers.sink import sink
from tests.servers.smtp import Mailbox
from tests.spec import KEY

_CONTENT = TypeAdapter(tuple[tuple[Recipient, ...], tuple[Excluded, ...], tuple[str, ...], tuple[SubscriptionCount, ...]])


def test_killed_at_any_moment_nobody_is_missing_and_every_duplicate_is_on_record(site: Site, tmp_path: Path) -> None:
    run = opened(site, recipients := 300)
    with sink(tmp_path / "mails", seconds=0.002) as server:
        kills = kill_workers(site, server, 4, random.Random(9), messages_max=100)  # noqa: S311 - any moment will do
        finish(site, server)
        found = reckon(site, server, run, recipients, kills)
    assert found.problems == []
    assert kills > 0
    assert found.duplicates <= found.duplicates_max


def test_a_second_worker_waits_until_the_first_is_gone(site: Site, tmp_path: Path) -> None:
    run = opened(site, 40)
    with sink(tmp_path / "mails", seconds=0.2) as server:
        site.mail_through(Mailbox(port=server.port))
        with worker(site, server.port) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            with pytest.raises(DeliveryBusy) as refused:
                site.round()
            assert str(site.path.parent) in refused.value.sentence
            process.kill()
            process.wait(END_SECONDS)
        site.clock.advance(hours=1)
        site.until_closed()
        assert set(server.copies()) == set(site.ids)
    assert site.run(run).accepted == 40


def test_an_audience_that_was_begun_is_gone_on_with(site: Site, tmp_path: Path) -> None:
    run = opened(site, members := 2500)
    with sink(tmp_path / "mails") as server:
        with worker(site, server.port, "kill-after-first-chunk") as process:
            assert process.wait(END_SECONDS) == -signal.SIGKILL
        begun = site.run(run)
        assert (begun.chunks, begun.recipients, begun.complete) == (1, CHUNK_MEMBERS, False)
        assert server.messages() == 0, "nobody is told before the audience stands"
        site.mail_through(Mailbox(port=server.port))
        assert site.round().closed == (run,)
        assert server.copies() == dict.fromkeys(site.ids, 1)
    chunks = [e.event for e in site.ledger.store.history(notice_stream(KEY, run)) if isinstance(e.event, AudienceRecorded)]
    assert [chunk.recipients_so_far for chunk in chunks] == [1000, 2000, members]
    assert len({recipient.id for chunk in chunks for recipient in chunk.recipients}) == members
    digest = ""
    for chunk in chunks:
        content = _CONTENT.dump_json((chunk.recipients, chunk.excluded, chunk.roles, chunk.subscriptions))
        digest = sha256(digest.encode() + content).hexdigest()
        assert chunk.digest == digest
    closed = site.run(run).closed
    assert closed is not None
    assert closed.digest == digest
