"""News as JSON Feed 1.1 (jsonfeed.org)."""

from collections.abc import Sequence

from pydantic_core import to_json

from api.feeds.atom import id_of
from api.feeds.news import Item
from api.wire_answers import JSON, instant

MEDIA_TYPE = "application/feed+json"


def json_feed(title: str, items: Sequence[Item], ledger: str, site: str, own: str, following: str | None) -> bytes:
    """Write a page of news. `own` and `following` are the addresses of this page and of the next one."""
    content: JSON = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "home_page_url": f"{site}/",
        "feed_url": own,
        "language": "en",
        "authors": [{"name": "Model lifecycle ledger"}],
        "items": [_item(item, ledger, site) for item in items],
    }
    if following:
        content["next_url"] = following
    return to_json(content)


def _item(item: Item, ledger: str, site: str) -> JSON:
    told: JSON = {
        "id": id_of(item, ledger),
        "url": f"{site}/models/{item.key}",
        "title": item.title,
        "content_text": item.summary,
        "date_published": instant(item.announced_at),
        "date_modified": instant(item.recorded_at),
        "tags": [item.key.catalog],
    }
    return {**told, "external_url": item.source} if item.source else told
