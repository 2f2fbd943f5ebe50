"""The layers in their order, the innermost first."""

from fastapi import FastAPI
from starlette.routing import BaseRoute
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.access.credentials import Credentials
from api.access.guard import Guard
from api.http.metrics import Metrics
from api.http.middleware.body_limit import BodyLimit
from api.http.middleware.checkpoint_header import CheckpointHeader
from api.http.middleware.compression import Compression
from api.http.middleware.fast_access import FastAccess
from api.http.middleware.head import HeadAsGet
from api.http.middleware.observed import Observed
from api.http.middleware.own_host import OwnHost
from api.http.middleware.rate_limit import RateLimit
from api.http.middleware.security_headers import SecurityHeaders
from api.http.middleware.time_limit import TimeLimit
from api.http.service import Service
from api.http.settings import HttpSettings


def install(
    app: FastAPI, service: Service, access: BaseRoute, metrics: Metrics, settings: HttpSettings, credentials: Credentials | None = None
) -> None:
    """Put the layers around an application that answers its errors as problems (`api.http.problems.install`)."""
    app.add_middleware(Compression)
    app.add_middleware(BodyLimit, bytes_max=settings.max_body_bytes)
    app.add_middleware(TimeLimit, seconds=settings.request_seconds, waiting_max=settings.requests_waiting_max)
    app.add_middleware(FastAccess, service=service, route=access)
    app.add_middleware(CheckpointHeader, service=service)
    if settings.rate_per_minute:
        app.add_middleware(RateLimit, per_minute=settings.rate_per_minute)
    app.add_middleware(Guard, credentials=credentials)
    app.add_middleware(OwnHost, credentials=credentials, allowed=settings.allowed_hosts)
    app.add_middleware(Observed, metrics=metrics, access_log=settings.access_log)
    app.add_middleware(SecurityHeaders, hsts_seconds=settings.hsts_seconds)
    app.add_middleware(HeadAsGet)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=[*settings.trusted_proxies])
