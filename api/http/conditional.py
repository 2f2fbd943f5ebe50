"""What can be kept: entity tags, `304 Not Modified`, and answers that can no longer change."""

from hashlib import blake2b

from starlette.requests import Request
from starlette.responses import Response

JSON_TYPE = "application/json"
IMMUTABLE = "public, max-age=31536000, immutable"
"""For answers whose three clocks are all fixed in the past of the log."""
REVALIDATE = "no-cache"
"""It may be kept, and must be asked about again."""


def tag_of(content: bytes) -> str:
    """Return a weak entity tag: answers with equal content mean the same, though they tell another `now`."""
    return f'W/"{blake2b(content, digest_size=12).hexdigest()}"'


def version_tag(version: int) -> str:
    """Return the entity tag of a model at a version, which `If-Match` takes."""
    return f'"{version}"'


def json_answer(request: Request, body: bytes, tag: str, *, immutable: bool = False) -> Response:
    """Answer with JSON, or with `304` where the sender has it already."""
    return kept_answer(request, body, tag, JSON_TYPE, cached=IMMUTABLE if immutable else REVALIDATE)


def kept_answer(request: Request, body: bytes, tag: str, media_type: str, *, cached: str = REVALIDATE) -> Response:
    """Answer with what may be kept, or with `304` where the sender has it already. `cached` is its `Cache-Control`."""
    headers = {"ETag": tag, "Cache-Control": cached}
    known = request.headers.get("if-none-match")
    if known is not None and _matches(known, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def _matches(known: str, tag: str) -> bool:
    opaque = tag.removeprefix("W/")
    return known.strip() == "*" or any(part.strip().removeprefix("W/") == opaque for part in known.split(","))
