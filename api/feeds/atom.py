"""News as Atom (RFC 4287), page by page (RFC 5005)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from feedgenerator import Atom1Feed
from markupsafe import escape

from api.feeds.news import Item

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""When an empty feed was updated: always the same."""


class _Feed(Atom1Feed):  # type: ignore[misc]  # the library has no types
    """With the feed's own id, and links to itself and to its next page."""

    def add_root_elements(self, handler: Any) -> None:  # noqa: ANN401  # the library's
        super().add_root_elements(handler)
        if self.feed["next"]:
            handler.addQuickElement("link", "", {"rel": "next", "href": self.feed["next"]})

    def latest_post_date(self) -> datetime:
        return max((item["updateddate"] for item in self.items), default=NEVER)


def atom(title: str, items: Sequence[Item], ledger: str, site: str, own: str, following: str | None) -> bytes:
    """Write a page of news. `own` and `following` are the addresses of this page and of the next one."""
    feed = _Feed(title, f"{site}/", title, language="en", author_name="Model lifecycle ledger", feed_url=own, next=following)
    feed.feed["id"] = f"urn:lifecycle-ledger:{ledger}:news"
    for item in items:
        feed.add_item(
            _readable(item.title),
            f"{site}/models/{item.key}",
            str(escape(_readable(item.summary))),
            unique_id=id_of(item, ledger),
            pubdate=item.announced_at,
            updateddate=item.recorded_at,
        )
    written = BytesIO()
    feed.write(written, "utf-8")
    return written.getvalue()


def id_of(item: Item, ledger: str) -> str:
    """Return the id of a piece of news, which it has for ever."""
    return f"urn:lifecycle-ledger:{ledger}:entry:{item.position}"


def _readable(text: str) -> str:
    """Leave out what XML cannot hold."""
    return "".join(each if each.isprintable() else " " for each in text)
