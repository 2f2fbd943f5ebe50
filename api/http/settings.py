"""Settings of the service: how it listens, what it takes, how long it waits. Each is an environment variable LIFECYCLE_NAME."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.errors import LedgerError, shown

PREFIX = "LIFECYCLE_"

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
    graceful_seconds: Annotated[Seconds, Field(description="How long a stop waits for requests in flight.")] = 10.0
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
        raise SettingInvalid(f"{PREFIX}{name.upper()}", str(first["input"]), _lowered(first["msg"])) from None


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]
