"""Whatever opens a connection is known: who says where it goes, and whether that is judged first."""

import ast
from collections.abc import Iterator
from pathlib import Path

import domain

ROOT = Path(domain.__file__).parents[1]
OPENING = {
    "aiohttp",
    "aiosmtplib",
    "apprise",
    "ftplib",
    "http.client",
    "httpx",
    "httpx2",
    "psycopg",
    "requests",
    "smtplib",
    "socket",
    "urllib.request",
}
CALLS = {"create_connection", "open_connection", "open_unix_connection", "import_module", "__import__"}

POSTGRES = "domain/store/postgres/"
"""The operator says where, by the ledger's address."""

KNOWN = {
    # A subscription says where: judged, and connected to as judged.
    "api/delivery/webhook.py",
    "api/delivery/private_addresses.py",
    # The operator says where, by a setting.
    "api/delivery/smtp.py",
    "api/delivery/transaction.py",
    "api/delivery/apprise_channel.py",
    "api/access/provider.py",
    "api/timestamping/asking.py",
    # It only listens.
    "api/http/listening.py",
    "api/http/serving.py",
    "api/http/workers/place.py",
    "api/http/workers/supervising.py",
    "api/access/opening.py",
}


def opening(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names if name.name in OPENING)
            case ast.ImportFrom(module=str(module), names=names) if module in OPENING or any(
                f"{module}.{n.name}" in OPENING for n in names
            ):
                yield module
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in CALLS:
                yield name


def test_no_other_module_can_open_a_connection() -> None:
    files = [path for folder in ("api", "domain", "projections") for path in (ROOT / folder).rglob("*.py")]
    found = {path.relative_to(ROOT).as_posix() for path in files if any(opening(ast.parse(path.read_text(encoding="utf-8"))))}
    assert {path for path in found if not path.startswith(POSTGRES)} == KNOWN
    assert any(path.startswith(POSTGRES) for path in found)


def test_the_search_finds_what_it_looks_for() -> None:
    for text in (
        "import httpx2",
        "from urllib import request",
        "from http.client import HTTPConnection",
        "loop.create_connection(f, 'h', 1)",
    ):
        assert list(opening(ast.parse(text))), text
    assert not list(opening(ast.parse("from urllib.parse import quote\nfrom http import HTTPStatus")))
