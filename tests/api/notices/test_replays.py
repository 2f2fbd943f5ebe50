"""Only a worker sends. Whatever is read again, built anew or opened as a copy leaves everybody alone, whether a run is open or closed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from projections.stage_index import StageIndex
from projections.tables.views import Views
from tests.api.notices.site import Site, site_at
from tests.servers.smtp import Mailbox

ANNA, BJORN = "anna@example.com", "bjorn@example.com"


def rebuild(site: Site, _: Path) -> None:
    site.office.views.rebuild(site.ledger.store)


def fill_new_views(site: Site, folder: Path) -> None:
    with Views.open(folder / "other.views.db") as views:
        views.catch_up(site.ledger.store)
        assert views.digest("notices") == _digest(site)


def load_the_index(site: Site, _: Path) -> None:
    index = StageIndex(site.ledger.store)
    index.refresh()
    assert index.position == site.ledger.store.head().position


def fold_every_run(site: Site, _: Path) -> None:
    for entry in site.ledger.store.log(stream_prefix="notice:"):
        site.run(entry.position)
    list(site.ledger.store.by_stream(site.ledger.store.head().position))


def open_a_copy(site: Site, folder: Path) -> None:
    (folder / "copy").mkdir()
    site.ledger.store.copy_to(folder / "copy" / "ledger.db")  # type: ignore[attr-defined]  # SQLite's own
    with site_at(folder / "copy") as copy:
        copy.audit()
        assert _digest(copy) == _digest(site)


def send_commands_again(site: Site, _: Path) -> None:
    """What is sent again under its key gets its first receipt."""
    receipt = site.ledger.execute(site.announcement, key="the announcement")
    assert receipt.replayed
    assert receipt.runs


@pytest.mark.parametrize("replay", [rebuild, fill_new_views, load_the_index, fold_every_run, open_a_copy, send_commands_again])
@pytest.mark.parametrize("delivered", [False, True])
def test_a_replay_sends_nothing(
    site: Site, mailbox: Mailbox, tmp_path: Path, replay: Callable[[Site, Path], None], *, delivered: bool
) -> None:
    site.subscribe("s-1", ANNA, BJORN)
    (run,) = site.ledger.execute(site.announcement, key="the announcement").runs
    if delivered:
        mailbox.always[ANNA] = "550 5.1.1 no such mailbox"
        assert site.round().closed == (run,)
    head, sent = site.ledger.store.head(), len(mailbox.received)
    site.audit()
    replay(site, tmp_path)
    assert len(mailbox.received) == sent == int(delivered)
    assert site.ledger.store.head() == head
    assert site.round().attempts == (0 if delivered else 2), "what was open is still to be told, and what was told is not"


def test_a_ledger_that_is_opened_again_by_a_worker_tells_nobody_twice(site: Site, mailbox: Mailbox) -> None:
    site.subscribe("s-1", ANNA, BJORN)
    site.announced()
    site.round()
    for _ in range(3):
        with site_at(site.path.parent, site.clock) as again:
            again.mail_through(mailbox)
            assert again.round().attempts == 0
    assert sorted(mailbox.recipients) == [ANNA, BJORN]


def _digest(site: Site) -> str:
    return site.office.views.digest("notices")
