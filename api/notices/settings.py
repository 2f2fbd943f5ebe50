"""Settings of notices: by what channel people are told, and as whom. Each is an environment variable LIFECYCLE_NAME."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.delivery.smtp import Security
from api.http.settings import Listed

PREFIX = "LIFECYCLE_"


class PersonChannel(StrEnum):
    """By what people are told."""

    FILE = "file"
    """A file for each notice, in a folder."""
    CONSOLE = "console"
    SMTP = "smtp"
    APPRISE = "apprise"
    NONE = "none"
    """Nothing is sent from here, to webhooks neither: somebody else tells them, and reports it."""


class NoticeSettings(BaseSettings):
    """What can be set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    notice_channel: Annotated[PersonChannel, Field(description="file, console, smtp, apprise, or none where others send and report.")] = (
        PersonChannel.FILE
    )
    notice_folder: Annotated[Path | None, Field(description="Where the channel `file` writes; beside the ledger unless told.")] = None
    notice_seconds: Annotated[float, Field(gt=0, le=3600, description="How often `serve` looks for notices that are due.")] = 5.0
    public_url: Annotated[str | None, Field(max_length=500, description="Where readers reach the service; links need it.")] = None
    smtp_host: Annotated[str, Field(min_length=1, description="The mail server.")] = "localhost"
    smtp_port: Annotated[int, Field(ge=1, le=65535, description="Its port.")] = 587
    smtp_security: Annotated[Security, Field(description="starttls, tls, or none.")] = Security.STARTTLS
    smtp_username: Annotated[str | None, Field(description="Name to authenticate with; none: no authentication.")] = None
    smtp_password: Annotated[SecretStr | None, Field(description="Its password.")] = None
    smtp_password_file: Annotated[Path | None, Field(description="A file that holds the password.")] = None
    smtp_sender: Annotated[str, Field(description="The address that notices come from.")] = "model-lifecycle@localhost"
    smtp_sender_name: Annotated[str, Field(description="The name that notices come from.")] = "Model lifecycle notices"
    smtp_ca_file: Annotated[Path | None, Field(description="Certificates to trust beside the system's.")] = None
    smtp_connections: Annotated[int, Field(ge=1, le=50, description="Connections to the mail server at a time.")] = 4
    smtp_rate: Annotated[float | None, Field(gt=0, description="Messages a second, at the most; none: as fast as it takes them.")] = None
    smtp_timeout: Annotated[float, Field(gt=0, le=600, description="Seconds to wait for an answer of the mail server.")] = 60.0
    webhook_allow: Annotated[Listed, Field(description='Private networks and hosts that webhooks may go to, as JSON: ["10.0.0.0/8"].')] = ()
    webhook_allow_http: Annotated[bool, Field(description="Let webhooks go without TLS.")] = False
    apprise_url: Annotated[SecretStr | None, Field(description="For the channel apprise: where to.")] = None
