"""The pages that show the API, with policies that let their browser run what this service sends and nothing else."""

import re
from base64 import b64encode
from hashlib import sha256

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from starlette.responses import HTMLResponse, Response

router = APIRouter(include_in_schema=False)

_FILES = "/static-offline-docs"
"""Where `fastapi_offline` has the programs of the pages."""

_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
# Both programs write styles into the page as they go; images that they hold themselves are data.
_POLICY = (
    "default-src 'none'; script-src 'self'{hashes}; worker-src {workers}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@router.get("/docs")
async def swagger(request: Request) -> Response:
    """Show the API so that it can be tried."""
    root = request.scope.get("root_path", "")
    page = get_swagger_ui_html(
        openapi_url=f"{root}{request.app.openapi_url}",
        title=f"{request.app.title} - Swagger UI",
        swagger_js_url=f"{root}{_FILES}/swagger-ui-bundle.js",
        swagger_css_url=f"{root}{_FILES}/swagger-ui.css",
        swagger_favicon_url=f"{root}{_FILES}/favicon.png",
    )
    return _protected(page, workers="'none'")


@router.get("/redoc")
async def redoc(request: Request) -> Response:
    """Show the API so that it can be read."""
    root = request.scope.get("root_path", "")
    page = get_redoc_html(
        openapi_url=f"{root}{request.app.openapi_url}",
        title=f"{request.app.title} - ReDoc",
        redoc_js_url=f"{root}{_FILES}/redoc.standalone.js",
        redoc_favicon_url=f"{root}{_FILES}/favicon.png",
        with_google_fonts=False,
    )
    return _protected(page, workers="blob:")  # It searches in a worker of its own.


def _protected(page: HTMLResponse, workers: str) -> Response:
    """Allow the scripts that stand in a page by their hashes: what is put into it later does not run."""
    digests = [b64encode(sha256(script).digest()).decode() for script in _INLINE.findall(bytes(page.body))]
    hashes = "".join(f" 'sha256-{digest}'" for digest in digests)
    page.headers["Content-Security-Policy"] = _POLICY.format(hashes=hashes, workers=workers)
    return page
