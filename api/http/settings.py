"""Settings of the service: how it listens, what it takes, how long it waits. Each is an environment variable LIFECYCLE_NAME."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.errors import LedgerError, shown

PREFIX = "LIFECYCLE_"


def _listed(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        message = 'write it as JSON, like ["10.0.0.0/8"]'
        raise ValueError(message) from None


Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
"""Texts, as JSON."""

Seconds = Annotated[float, Field(gt=0, le=3600)]


class LogFormat(StrEnum):
    """What a line of the log looks like."""

    JSON = "json"
    CONSOLE = "console"


class HttpSettings(BaseSettings):
    """What can be set. The ledger and the actor are set where every command reads them (`api.settings`)."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    host: Annotated[str, Field(min_length=1, description="Where it listens; not beyond this machine unless told.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="0 takes any free one.")] = 8000
    max_body_bytes: Annotated[int, Field(ge=1024, le=2**30, description="Longest body that it takes.")] = 2**22
    min_position_wait_seconds: Annotated[Seconds, Field(description="How long a question waits for its `min_position`.")] = 5.0
    heartbeat_seconds: Annotated[Seconds, Field(description="How often a quiet stream shows that it is alive.")] = 15.0
    tick_seconds: Annotated[Seconds, Field(description="How often scheduled stages that are due are recorded.")] = 60.0
    checkpoint_entries: Annotated[int, Field(ge=1, description="After how many entries a checkpoint is signed.")] = 10_000
    checkpoint_seconds: Annotated[
        float, Field(gt=0, le=604_800, description="After how long a checkpoint is signed, if something was recorded.")
    ] = 900.0
    verify_minutes: Annotated[
        float, Field(ge=0, le=525_600, description="How often the ledger's file is verified, beside the service; 0: only when asked to.")
    ] = 60.0
    tracing: Annotated[
        bool,
        Field(description="Trace requests, appends, views and deliveries by OpenTelemetry, whose own variables (OTEL_...) say where to."),
    ] = False
    graceful_seconds: Annotated[Seconds, Field(description="How long a stop waits for requests in flight.")] = 10.0
    request_seconds: Annotated[Seconds, Field(description="How long a request waits for its answer to begin; streams then go on.")] = 30.0
    requests_waiting_max: Annotated[int, Field(ge=1, le=100_000, description="Requests that may wait for their answers at a time.")] = 1000
    rate_per_minute: Annotated[
        int,
        Field(
            ge=0,
            le=10**7,
            description="Requests a minute of a principal, or of an address without; 0: any number. This machine's are free.",
        ),
    ] = 60_000
    streams_max: Annotated[int, Field(ge=0, le=100_000, description="Event streams that may be open at a time.")] = 2000
    streams_of_one_max: Annotated[int, Field(ge=0, le=100_000, description="Event streams that one principal may have open.")] = 100
    trusted_proxies: Annotated[
        Listed, Field(description='Proxies whose X-Forwarded-For is believed, as JSON: ["10.0.0.5", "10.1.0.0/16"].')
    ] = ()
    allowed_hosts: Annotated[
        Listed, Field(description="Names of this service besides localhost, for as long as it asks nobody for a credential, as JSON.")
    ] = ()
    hsts_seconds: Annotated[
        int, Field(ge=0, le=10**8, description="Where TLS stands before the service: how long browsers are to use it alone; 0: not said.")
    ] = 0
    access_log: Annotated[bool, Field(description="Log questions too; off, for a line costs as much as an answer.")] = False
    log_format: Annotated[LogFormat, Field(description="json, or console for people.")] = LogFormat.JSON


@dataclass(eq=False)
class SettingInvalid(LedgerError):
    """A setting with a value that it cannot have."""

    variable: str
    value: str
    reason: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"{self.variable} cannot be {shown(self.value)}: {self.reason}. Change it, or unset it for the default."


def http_settings(*, host: str | None = None, port: int | None = None) -> HttpSettings:
    """Read the settings; what is given here goes before the environment.

    Raises:
        SettingInvalid: one has a value that it cannot have.
    """
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    try:
        return HttpSettings(**given)  # type: ignore[arg-type]  # each is checked there
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise SettingInvalid(f"{PREFIX}{name.upper()}", str(first["input"]), _lowered(first["msg"].removeprefix("Value error, "))) from None


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]
