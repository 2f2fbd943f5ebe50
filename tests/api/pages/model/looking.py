"""What stands on a page, as a reader sees it."""

import re
from collections.abc import Sequence
from html import unescape


def text_of(page: str) -> str:
    """Return the words of a page in one line, as a reader sees them."""
    body = re.sub(r"<(template|style|script)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def section(page: str, name: str) -> str:
    """Return the part of a page that a heading names."""
    begin = page.index(f'<section aria-labelledby="{name}"')
    return page[begin : page.index("</section>", begin)]


def lead(page: str) -> str:
    """Return the sentence with which a page begins."""
    found = re.search(r'<p class="lead"[^>]*>(.*?)</p>', page, re.DOTALL)
    assert found
    return text_of(found[1]).replace(" .", ".").replace(" ;", ";").replace(" ,", ",")


def links(page: str) -> Sequence[str]:
    """Return where a page leads."""
    return [unescape(address) for address in re.findall(r'href="([^"]*)"', page)]


def shown_stage(page: str) -> str:
    """Return the stage among the facts, or why there is none."""
    found = re.search(r'<dt>Stage</dt><dd><span class="stage s-(\w+)">', page)
    assert found
    return found[1]
