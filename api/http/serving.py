"""Serving a ledger over HTTP, from the first signal of life to an orderly end."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NoReturn

import uvicorn
import uvloop

from api.access.credentials import Credentials
from api.access.oidc_settings import OidcSettings, oidc_settings
from api.access.opening import credentials_of, refuse_open_address
from api.cli.printing import say
from api.http import logs
from api.http.app import create_app
from api.http.background import between_requests
from api.http.follower import Follower
from api.http.listening import BACKLOG, address_of, bound_socket
from api.http.service import Service
from api.http.settings import HttpSettings
from api.http.signing import signing
from api.http.tailing import Tail
from api.http.verifying import Verifications, verifying
from api.http.workers.leading import Lead, Leading
from api.http.workers.place import Place
from api.http.workers.sharing import sharing
from api.http.workers.supervising import Workers
from api.notices.delivering import Office
from api.notices.offices import office_of
from api.notices.postman import Postman
from api.opening import Opened, for_recording, for_serving, place_of
from api.sample import DEMO_ACTOR, fill
from domain.store.contract import Ear
from projections.tables.views import Views, views_path

KEEP_ALIVE_SECONDS = 30
FOLLOWER_SECONDS = 5.0
"""How long the end waits for a view that is being brought up to date; it goes on from there the next time."""


class Server(uvicorn.Server):
    """The server; a signal ends the event streams at once, for it waits for every open request."""

    def __init__(self, config: uvicorn.Config, end: Callable[[], None], ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._end = end
        self._ready = ready
        self._loop = asyncio.get_running_loop()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal to end. The server's own way is to send it to the process again afterwards, which would cut our end short."""
        del frame
        self.force_exit |= self.should_exit and sig == signal.SIGINT
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._end)


def serve(settings: HttpSettings, database: str | None, actor: str | None, *, demo: bool = False) -> None:
    """Serve a ledger until a signal ends it; one that is not there is made.

    Raises:
        CannotListen: the address cannot be had.
        AddressOpen: it can be reached from elsewhere, and nobody would be asked for a credential.
        AccessFileFault: the file of the keys cannot be used.
        StoreFault: the ledger cannot be opened.
        ViewsFault: its views cannot be.
    """
    with ExitStack() as held:
        held.enter_context(_ending_at_once())
        place = Place.taken()
        listener = held.enter_context(place.socket() if place else bound_socket(settings.host, settings.port))
        issuer = oidc_settings()
        refuse_open_address(listener, settings.host, None if demo else place_of(database), issuer)
        opened = held.enter_context(_demo() if demo else for_serving(database, actor))
        office, credentials = _rooms(held, opened, place_of(database), issuer)
        logs.configure(settings.log_format)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, listener, opened, office, credentials, place))


def serve_by_workers(settings: HttpSettings, database: str | None, actor: str | None, workers: int) -> None:
    """Serve a ledger by several processes until a signal ends them; one that is not there is made, before any of them looks for it.

    Raises:
        CannotListen: the address cannot be had.
        WorkerEnded: a worker cannot be started.
        LedgerError: as `serve`.
    """
    with ExitStack() as held:
        held.enter_context(_ending_at_once())
        listener = held.enter_context(bound_socket(settings.host, settings.port))
        issuer = oidc_settings()
        refuse_open_address(listener, settings.host, place_of(database), issuer)
        with ExitStack() as made:
            opened = made.enter_context(for_serving(database, actor))
            _rooms(made, opened, place_of(database), issuer)
        logs.configure(settings.log_format)
        shared = Path(held.enter_context(TemporaryDirectory(prefix="lifecycle-workers-")))
        arguments = ["--host", settings.host]
        arguments += ["--database", database] if database else []
        arguments += ["--actor", actor] if actor else []
        supervised = Workers(listener, arguments, graceful_seconds=settings.graceful_seconds, shared=shared)
        asyncio.run(supervised.run(workers, lambda: _tell(listener, opened)))


def _rooms(held: ExitStack, opened: Opened, named: Path, issuer: OidcSettings) -> tuple[Office, Credentials]:
    """Open what stands beside a ledger."""
    views = held.enter_context(Views.open(views_path(opened.path) if opened.path else None))
    return held.enter_context(office_of(opened, views=views)), held.enter_context(credentials_of(opened.path or named, issuer))


async def _serve(
    settings: HttpSettings, listener: socket.socket, opened: Opened, office: Office, credentials: Credentials, place: Place | None
) -> None:
    service = Service(opened.ledger, wait_seconds=settings.min_position_wait_seconds, heartbeat_seconds=settings.heartbeat_seconds)
    service.refresh()
    loop = asyncio.get_running_loop()
    recorded = partial(_on_loop, loop, service.refresh)
    leading = Leading(opened.path if place else None, _lead(opened))
    service.leads = leading.leads
    follower = Follower(
        opened.ledger,
        office.views,
        tick_seconds=settings.tick_seconds,
        recorded=recorded,
        leads_here=leading.leads_here,
        leads=leading.leads,
    )
    postman = Postman(office, recorded, leading.leads)
    service.follower, service.postman, service.office, service.poke = follower, postman, office, _poke(follower, postman)
    service.verifications = Verifications(opened.file)
    app = create_app(service, settings, credentials)
    server = Server(_config(app, settings), service.end, place.tell_ready if place else lambda: _tell(listener, opened))
    async with (
        between_requests(service),
        signing(service, settings),
        verifying(service.verifications, settings.verify_minutes, leads=leading.leads_here),
        credentials.keys.noting_use(),
        sharing(place.shared if place else None, app.state.metrics.done) as app.state.metrics.sharing,
    ):
        threads: list[Follower | Postman | Tail] = [follower, postman, *_tail(service, opened.ear, loop)]
        for thread in threads:
            thread.start()
        try:
            await server.serve(sockets=[listener])
        finally:
            await asyncio.gather(*(asyncio.to_thread(thread.close, FOLLOWER_SECONDS) for thread in threads))
            await asyncio.to_thread(leading.close)
    logs.log.info("stopped", extra={"position": service.position})


def _lead(opened: Opened) -> Lead | None:
    """Return the claim among all machines; a file has one machine."""
    if opened.server is None:
        return None
    from domain.store.postgres.lead import Lead as LeadOnServer  # noqa: PLC0415  # the driver, which no other ledger needs

    return LeadOnServer(opened.server)


def _tail(service: Service, ear: Ear | None, loop: asyncio.AbstractEventLoop) -> Sequence[Tail]:
    """Let the service be told of what is appended, where the database tells."""
    if ear is None:
        return ()
    tail = Tail(ear, partial(_on_loop, loop, service.notice))
    service.told = tail.hears
    return (tail,)


def _poke(follower: Follower, postman: Postman) -> Callable[[], None]:
    def poke() -> None:
        follower.poke()
        postman.poke()

    return poke


def _config(app: Callable[..., object], settings: HttpSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=ceil(settings.graceful_seconds),
    )


def _tell(listener: socket.socket, opened: Opened) -> None:
    address = address_of(listener)
    say(f"lifecycle: serving {opened.name} at {address} (documentation: {address}/docs). Ctrl+C ends it.")
    logs.log.info("started", extra={"address": address})


def _on_loop(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(act)


@contextmanager
def _demo() -> Iterator[Opened]:
    """Make a ledger with the packaged sample, that is gone afterwards."""
    with TemporaryDirectory(prefix="lifecycle-demo-") as folder, for_recording(f"sqlite:///{folder}/ledger.db", DEMO_ACTOR) as opened:
        fill(opened.ledger)
        yield opened


@contextmanager
def _ending_at_once() -> Iterator[None]:
    """Let SIGTERM end it, while the server does not take it yet, as an exception does: nothing is left behind."""
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(signum: int, frame: FrameType | None) -> NoReturn:
    del signum, frame
    sys.exit(0)
