"""The commands about API keys. They work on the file itself: whoever may read and write that needs no key."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api import wire_answers as wire
from api.access.errors import NoSuchKey
from api.access.scopes import Grant
from api.cli.options import AsJson, Database
from api.cli.printing import columns, print_json, print_lines, say
from api.opening import place_of
from api.words import when
from domain.clock import system_clock

if TYPE_CHECKING:
    from api.access.api_key import ApiKey

app = typer.Typer(
    name="keys", help="API keys: who may ask and record over HTTP, and for how long.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The key's name: of a system, not of a person, for entries bear it.")]
Scopes = Annotated[
    list[str],
    typer.Option(
        "--scope",
        help="read, announce, directory, notices or admin; announce can be limited: announce:azure, announce:azure:mistral-ai. "
        "Can be given more than once.",
    ),
]
_HEADER = ("name", "prefix", "scopes", "created", "expires", "last used", "state")


@app.command("create")
def create(
    name: Name,
    scope: Scopes,
    database: Database = None,
    expires: Annotated[str, typer.Option(help="Until when it is good: 90d, 12h, a day, or never.")] = "90d",
    *,
    as_json: AsJson = False,
) -> None:
    """Make a key. Its token is shown this once; what is kept of it is a hash."""
    from api.access.api_key import ApiKey, expiry, key_name  # noqa: PLC0415
    from api.access.key_file import KeyFile, access_path  # noqa: PLC0415
    from api.access.tokens import hashed, new_token  # noqa: PLC0415  # argon2, which only this needs

    now, grants = _now(), frozenset(map(Grant.parse, scope))
    checked, expires_at = key_name(name), expiry(expires, now)
    token, prefix = new_token()
    key = ApiKey(checked, prefix, hashed(token), grants, now, expires_at)
    with KeyFile(access_path(place_of(database))) as file:
        file.add(key)
    if as_json:
        print_json({**_wire(key, now), "token": token})
        return
    print_lines([token])
    until = "does not expire" if expires_at is None else f"is good until {when(expires_at)}"
    say(f"The key {checked} {until}. Its token is shown only now. Send it as Authorization: Bearer TOKEN, or as X-API-Key: TOKEN.")


@app.command("list")
def list_keys(database: Database = None, *, as_json: AsJson = False) -> None:
    """The keys, those too that are good no longer."""
    from api.access.key_file import KeyFile, access_path  # noqa: PLC0415

    path, now = access_path(place_of(database)), _now()
    keys: list[ApiKey] = []
    if path.exists():
        with KeyFile(path) as file:
            keys += file.keys()
    if as_json:
        print_json({"keys": [_wire(key, now) for key in keys]})
        return
    print_lines(columns((_row(key, now) for key in keys), _HEADER) if keys else ())
    if not keys:
        say("There are no keys. Where no identity provider is set either, the service asks nobody, and listens on this machine only.")


@app.command("revoke")
def revoke(name: Name, database: Database = None, *, as_json: AsJson = False) -> None:
    """Let a key be good no longer, at once, also in a service that runs."""
    from api.access.key_file import KeyFile, access_path  # noqa: PLC0415

    path, now = access_path(place_of(database)), _now()
    if not path.exists():
        raise NoSuchKey(name)
    with KeyFile(path) as file:
        key = file.revoke(name, now)
    if as_json:
        print_json(_wire(key, now))
    else:
        print_lines([f"{key.name} is revoked since {when(key.revoked_at)}"])


def _now() -> datetime:
    return system_clock().replace(microsecond=0)


def _wire(key: "ApiKey", now: datetime) -> wire.JSON:
    return {
        "name": key.name,
        "prefix": key.prefix,
        "scopes": sorted(map(str, key.grants)),
        "created_at": wire.instant(key.created_at),
        "expires_at": wire.instant(key.expires_at),
        "revoked_at": wire.instant(key.revoked_at),
        "last_used_at": wire.instant(key.last_used_at),
        "state": key.state(now),
    }


def _row(key: "ApiKey", now: datetime) -> list[str]:
    instants = [when(at) for at in (key.created_at, key.expires_at, key.last_used_at)]
    return [key.name, key.prefix, " ".join(sorted(map(str, key.grants))), *instants, key.state(now)]
