"""Opening all that a worker works with, beside a ledger's file."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from api.http.settings import SettingInvalid
from api.notices.delivering import Office
from api.notices.links import PURPOSE, Links
from api.notices.settings import PREFIX, NoticeSettings
from api.opening import NoLedger, Opened
from api.opening_people import master_key, people_of
from api.settings import default_path
from domain.ledger import Ledger
from domain.people.keys import MasterKey
from domain.people.registry import People
from projections.tables.views import Views, views_path


def notice_settings() -> NoticeSettings:
    """Read the settings of notices.

    Raises:
        SettingInvalid: one has a value that it cannot have.
    """
    try:
        return NoticeSettings()
    except ValidationError as error:
        first = error.errors()[0]
        name, message = str(first["loc"][0]), first["msg"].removeprefix("Value error, ")
        raise SettingInvalid(f"{PREFIX}{name.upper()}", str(first["input"]), message[:1].lower() + message[1:]) from None


@contextmanager
def office_of(opened: Opened, *, views: Views | None = None) -> Iterator[Office]:
    """Open what a worker needs beside a ledger; the key and the people's file are made where there are none.

    Raises:
        NoLedger: the ledger is the packaged sample, of which nobody is told.
        PeopleFault: the key or the people's file cannot be used.
    """
    if opened.path is None:
        raise NoLedger(default_path())
    settings = notice_settings()
    links = Links(master_key(opened.path).derive(PURPOSE), settings.public_url)
    with people_of(opened) as people:
        if views is not None:
            yield Office(opened.ledger, opened.path, views, people, links, settings)
            return
        with Views.open(views_path(opened.path)) as own:
            yield Office(opened.ledger, opened.path, own, people, links, settings)


def office_in_memory(ledger: Ledger) -> Office:
    """Return what questions need where there is no file: people are known as long as the process lives."""
    settings, key = notice_settings(), MasterKey.in_memory()
    return Office(ledger, None, Views.open(None), People.open(None, key), Links(key.derive(PURPOSE), settings.public_url), settings)
