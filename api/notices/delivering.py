"""A worker with all that it works with, for as long as it holds the ledger's outbox."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from api.notices.channels import channels_of
from api.notices.dispatch import Dispatch
from api.notices.links import Links
from api.notices.outbox import Outbox, outbox_path
from api.notices.settings import NoticeSettings
from api.notices.worker import Progress, Worker
from api.opening import NoLedger
from api.settings import default_path
from domain.ledger import Ledger
from domain.people.registry import People
from projections.tables.views import Views


def notice_folder(ledger: Path) -> Path:
    """Return where notices are written that go to files: `ledger.notices` beside `ledger.db`."""
    return ledger.with_name(f"{ledger.stem}.notices")


@dataclass(frozen=True)
class Office:
    """What a worker works with."""

    ledger: Ledger
    path: Path | None
    """The ledger's file; none for one in memory, whose notices nobody delivers."""
    views: Views
    people: People
    links: Links
    settings: NoticeSettings


@asynccontextmanager
async def delivering(
    office: Office,
    say: Callable[[str], None],
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
) -> AsyncIterator[Worker]:
    """Give a worker until the block ends.

    Raises:
        DeliveryBusy: another worker delivers this ledger's notices.
        ChannelNotSet: the channel that is chosen lacks something.
    """
    if office.path is None:
        raise NoLedger(default_path())
    with Outbox.held(outbox_path(office.path)) as outbox:
        channels = channels_of(office.settings, notice_folder(office.path), say, office.ledger.clock)
        try:
            dispatch = Dispatch(office.ledger, office.views, office.people, office.links, channels.person_channel)
            yield Worker(office.ledger, office.views, office.people, channels, dispatch, outbox, progress, stopping)
        finally:
            await channels.close()
