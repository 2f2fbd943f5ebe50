"""Where somebody goes after signing in: to a path of this service, and nowhere else."""

from urllib.parse import urlencode, urlsplit

from starlette.requests import Request

NEXT = "next"
LENGTH_MAX = 1500


def asked_for(request: Request) -> str:
    """Return the path that a request asked for; where it wanted to do something, the page on which that is done."""
    query = request.url.query if request.method in {"GET", "HEAD"} else ""
    return f"{request.url.path}?{query}" if query else request.url.path


def sign_in_address(request: Request, path: str) -> str:
    """Return where somebody signs in and then goes on to a path."""
    return f"{request.scope.get('root_path', '')}/sign-in?{urlencode({NEXT: path})}"


def safe(text: str, root: str) -> str:
    """Return a path that leads nowhere else; home, where the given one might."""
    home = f"{root}/"
    if not text.startswith("/") or text.startswith("//") or "\\" in text or not text.isprintable() or len(text) > LENGTH_MAX:
        return home
    try:
        parts = urlsplit(text)
    except ValueError:
        return home
    return home if parts.scheme or parts.netloc else text
