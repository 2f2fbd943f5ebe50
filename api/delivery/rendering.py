"""Notices as texts: plain and HTML, from templates."""

from dataclasses import dataclass
from functools import cache, lru_cache
from textwrap import fill

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from api.delivery.cleaning import cleaned
from api.delivery.notice import Outgoing
from api.delivery.text import NoticeText, text_of
from domain.notices.events import NotificationRunOpened

PLACES_MAX = 20
"""Subscriptions that a notice names one by one."""

_COLUMNS = 78


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notice as it is read."""

    subject: str
    text: str
    html: str


def rendered(outgoing: Outgoing) -> Rendered:
    """Write a notice."""
    about = _about(outgoing.opened)
    shown = [
        {"subscription": _shown(place.subscription), "roles": [_shown(role) for role in place.roles]}
        for place in outgoing.places[:PLACES_MAX]
    ]
    values = {
        "text": about.told,
        "places": shown,
        "more": max(0, len(outgoing.places) - PLACES_MAX),
        "ledger_url": outgoing.ledger_url,
        "acknowledge_url": outgoing.acknowledge_url,
        "key": outgoing.key,
    }
    return Rendered(
        about.told.headline,
        _template("notice.txt.j2").render(values, about=about.text),
        _template("notice.html.j2").render(values, about=about.html),
    )


@dataclass(frozen=True, slots=True)
class _About:
    """What a notice says of the model: to all recipients of a run the same, and so written once."""

    told: NoticeText
    text: str
    html: Markup


@lru_cache(maxsize=64)
def _about(opened: NotificationRunOpened) -> _About:
    told = text_of(opened)
    text, html = (_template(f"about.{kind}.j2").render(text=told) for kind in ("txt", "html"))
    return _About(told, text, Markup(html))  # noqa: S704 - the template has escaped all that it was given


@lru_cache(maxsize=4096)
def _shown(name: str) -> str:
    """Clean the name of a subscription or a role, of which neighbours have the same."""
    return cleaned(name)


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("api.delivery"),
        autoescape=name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["in_days"] = _in_days
    environment.filters["moved"] = _moved
    environment.filters["folded"] = _folded
    return environment.get_template(name)


def _folded(line: str, indent: int) -> str:
    """Break a line of plain text where it is long and has a space; what follows is indented."""
    if len(line) <= _COLUMNS:
        return line
    return fill(line, _COLUMNS, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)


def _in_days(days: int) -> str:
    if days == 0:
        return "today"
    return f"in {_counted(days)}" if days > 0 else f"{_counted(-days)} ago"


def _moved(days: int) -> str:
    return f"{_counted(days)} later" if days > 0 else f"{_counted(-days)} earlier"


def _counted(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
