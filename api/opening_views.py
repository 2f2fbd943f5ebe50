"""Opening the views of a ledger for questions about notices."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.notices.following import follow
from api.opening import Opened
from projections.tables.views import Views, views_path


@contextmanager
def views_of(opened: Opened) -> Iterator[Views]:
    """Open the views beside a ledger, brought up to the end of its log; those of the sample are in memory.

    Raises:
        NoticesStopped: an entry of the log cannot be taken in.
        ViewsFault: the views cannot be used.
    """
    with Views.open(views_path(opened.path) if opened.path else None) as views:
        follow(opened.ledger, views)
        yield views
