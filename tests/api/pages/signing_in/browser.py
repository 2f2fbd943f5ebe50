"""A browser before a service that asks for credentials: it keeps cookies, and says where its forms come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from httpx2 import Response

from tests.api.access.guarded import Guarded
from tests.api.pages.html import Read

HOME = "https://testserver"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
OWN = {"Sec-Fetch-Site": "same-origin", "Origin": HOME}


@dataclass
class Browser:
    """One window."""

    found: Guarded

    def get(self, path: str, **headers: str) -> Response:
        return self.found.site.client.get(urljoin(HOME, path), headers={**HTML, **headers}, follow_redirects=False)

    def fields(self, path: str) -> dict[str, str]:
        """The fields of a page's forms, hidden ones among them."""
        return Read(self.get(path).text).fields

    def post(self, path: str, form: Mapping[str, Any], headers: dict[str, str] | None = None) -> Response:
        own = OWN if headers is None else headers
        return self.found.site.client.post(urljoin(HOME, path), data=dict(form), headers={**HTML, **own}, follow_redirects=False)

    def sign_in(self, *scopes: str, name: str = "person", after: str = "/") -> Response:
        token = self.found.key(name, *scopes)["Authorization"].removeprefix("Bearer ")
        csrf = self.fields("/sign-in")["csrf"]
        return self.post("/sign-in", {"csrf": csrf, "key": token, "next": after})


def cookies(response: Response) -> dict[str, Any]:
    """The cookies that are set, by name, each with its attributes."""
    found = {}
    for header in response.headers.get_list("set-cookie"):
        name, _, rest = header.partition("=")
        value, *attributes = [part.strip() for part in rest.split(";")]
        found[name] = (value, {attribute.lower() for attribute in attributes})
    return found
