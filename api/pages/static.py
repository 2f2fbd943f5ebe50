"""The files that pages need: each under an address of its content, so that a browser keeps it for good."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import Response

from api.http.conditional import IMMUTABLE
from api.pages.errors import NoSuchPage

router = APIRouter(include_in_schema=False)

PATH = "/static"
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file."""

    content: bytes
    media_type: str
    digest: str

    @property
    def headers(self) -> dict[str, str]:
        """How long it may be kept: as long as there is room."""
        return {"Cache-Control": IMMUTABLE}


@cache
def assets() -> Mapping[str, Asset]:
    """Return the files by name."""
    found: dict[str, Asset] = {}
    for file in (files("api.pages") / "assets").iterdir():
        suffix = file.name.rpartition(".")[2]
        if suffix in _TYPES:
            content = file.read_bytes()
            found[file.name] = Asset(content, _TYPES[suffix], blake2b(content, digest_size=6).hexdigest())
    return found


def address_of(root: str, name: str) -> str:
    """Return the address of a file.

    Raises:
        KeyError: there is none of that name; a template is wrong.
    """
    return f"{root}{PATH}/{assets()[name].digest}/{name}"


@router.get(PATH + "/{digest}/{name}")
async def asset(digest: str, name: str) -> Response:
    """Send a file, if it is still what it was when its address was told."""
    found = assets().get(name)
    if found is None or found.digest != digest:
        raise NoSuchPage(f"{PATH}/{digest}/{name}")
    return Response(found.content, media_type=found.media_type, headers=found.headers)
