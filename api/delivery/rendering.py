"""Notices as texts: plain and HTML, from templates."""

from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from api.delivery.cleaning import cleaned
from api.delivery.notice import Outgoing
from api.delivery.text import text_of

PLACES_MAX = 20
"""Subscriptions that a notice names one by one."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notice as it is read."""

    subject: str
    text: str
    html: str


def rendered(outgoing: Outgoing) -> Rendered:
    """Write a notice."""
    told = text_of(outgoing.opened)
    shown = [
        {"subscription": cleaned(place.subscription), "roles": [cleaned(role) for role in place.roles]}
        for place in outgoing.places[:PLACES_MAX]
    ]
    values = {
        "text": told,
        "places": shown,
        "more": max(0, len(outgoing.places) - PLACES_MAX),
        "ledger_url": outgoing.ledger_url,
        "acknowledge_url": outgoing.acknowledge_url,
        "key": outgoing.key,
    }
    return Rendered(told.headline, _template("notice.txt.j2").render(values), _template("notice.html.j2").render(values))


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
    return environment.get_template(name)


def _in_days(days: int) -> str:
    if days == 0:
        return "today"
    return f"in {_counted(days)}" if days > 0 else f"{_counted(-days)} ago"


def _moved(days: int) -> str:
    return f"{_counted(days)} later" if days > 0 else f"{_counted(-days)} earlier"


def _counted(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
