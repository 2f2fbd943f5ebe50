"""The command that serves a ledger over HTTP."""

from typing import Annotated

import typer

from api.cli.options import Actor, Database


def serve(
    database: Database = None,
    actor: Actor = None,
    host: Annotated[str | None, typer.Option(help="Where to listen. Default: LIFECYCLE_HOST, else 127.0.0.1: this machine only.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default: LIFECYCLE_PORT, else 8000. 0 takes any free one.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many processes answer at the address.")] = 1,
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Serve the packaged sample, in a ledger that is gone afterwards.")] = False,
) -> None:
    """Serve the ledger over HTTP until Ctrl+C or SIGTERM; where there is none it is made. Its documentation is at /docs."""
    from api.http.serving import serve as serve_over_http  # noqa: PLC0415  # the web framework, which no other command needs
    from api.http.serving import serve_by_workers  # noqa: PLC0415
    from api.http.settings import http_settings  # noqa: PLC0415  # likewise

    settings = http_settings(host=host, port=port)
    if workers == 1:
        serve_over_http(settings, database, actor, demo=demo)
    elif demo:
        raise typer.BadParameter("the sample is served by one process; leave out --workers or --demo")
    else:
        serve_by_workers(settings, database, actor, workers)
