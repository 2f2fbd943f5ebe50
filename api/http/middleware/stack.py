"""The layers in their order, the innermost first."""

from fastapi import FastAPI
from starlette.routing import BaseRoute

from api.http.metrics import Metrics
from api.http.middleware.body_limit import BodyLimit
from api.http.middleware.checkpoint_header import CheckpointHeader
from api.http.middleware.compression import Compression
from api.http.middleware.fast_access import FastAccess
from api.http.middleware.head import HeadAsGet
from api.http.middleware.observed import Observed
from api.http.service import Service
from api.http.settings import HttpSettings


def install(app: FastAPI, service: Service, access: BaseRoute, metrics: Metrics, settings: HttpSettings) -> None:
    """Put the layers around an application that answers its errors as problems (`api.http.problems.install`)."""
    app.add_middleware(Compression)
    app.add_middleware(BodyLimit, bytes_max=settings.max_body_bytes)
    app.add_middleware(FastAccess, service=service, route=access)
    app.add_middleware(CheckpointHeader, service=service)
    app.add_middleware(Observed, metrics=metrics, access_log=settings.access_log)
    app.add_middleware(HeadAsGet)
