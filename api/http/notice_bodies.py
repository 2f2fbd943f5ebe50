"""Bodies of requests about notices."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictInt, model_validator

from api.http.bodies import Body, Text
from api.http.queries import WireInstant
from api.notices.reporting import Report
from domain.notices.events import Result

DELIVERIES_MAX = 10_000
RECIPIENT_MAX = 10**9


class DeliveryBody(Body):
    """What came of one delivery."""

    recipient: Annotated[StrictInt | None, Field(ge=1, le=RECIPIENT_MAX, description="The recipient's number in the run.")] = None
    person: Annotated[str | None, Field(min_length=1, max_length=100, description="Or the opaque id.")] = None
    result: Literal[Result.ACCEPTED, Result.TRANSIENT, Result.PERMANENT, Result.BOUNCED]
    at: WireInstant
    code: Annotated[str | None, Field(min_length=1, max_length=100, description="The server's code, like `250 2.0.0`.")] = None
    reference: Annotated[str | None, Field(min_length=1, max_length=200, description="Under which the server knows it.")] = None

    @model_validator(mode="after")
    def _names_one(self) -> "DeliveryBody":
        if (self.recipient is None) == (self.person is None):
            message = "name a recipient by its number, or a person by the opaque id: one of the two"
            raise ValueError(message)
        return self

    def report(self) -> Report:
        """Return it as it is resolved."""
        return Report(self.recipient, self.person, self.result, self.at, self.code, self.reference)


class DeliveriesBody(Body):
    """Deliveries that were made by other means."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "channel": "provider-mail",
                    "reported_by": "provider",
                    "deliveries": [{"recipient": 1, "result": "accepted", "at": "2024-11-22T09:30:00Z", "code": "250"}],
                }
            ]
        }
    )

    channel: Annotated[str, Field(min_length=1, max_length=40, pattern="^[a-z0-9][a-z0-9._-]*$")]
    reported_by: Annotated[Text, Field(pattern="^[^@]*$", description="Who says so: a name for it, no address.")]
    deliveries: Annotated[list[DeliveryBody], Field(min_length=1, max_length=DELIVERIES_MAX)]

    def reports(self) -> Sequence[Report]:
        """Return what is reported."""
        return [delivery.report() for delivery in self.deliveries]
