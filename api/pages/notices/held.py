"""Who holds which role in a subscription, and what is deployed there, at any time."""

from typing import Annotated

from pydantic import Field
from starlette.concurrency import run_in_threadpool

from api.http.notice_queries import AuditQuery
from api.http.notice_reading import position_of
from api.http.queries import WireInstant
from api.http.service import Service
from domain.directory.refusals import NoSuchSubscription
from domain.directory.subscription import Subscription, fold, seen_by
from domain.streams import subscription_stream


class HeldQuery(AuditQuery):
    """Which rows; and when in the world roles and deployments are looked at."""

    at: Annotated[WireInstant | None, Field(description="As it had been seen by then.")] = None


async def held(service: Service, subscription: str, query: HeldQuery) -> Subscription:
    """Return a subscription as it had been seen by then.

    Raises:
        NoSuchSubscription: it is not known by then.
    """
    position = await position_of(service, query)
    history = await run_in_threadpool(service.ledger.store.history, subscription_stream(subscription), position)
    if not history:
        raise NoSuchSubscription(subscription)
    return fold(subscription, seen_by(history, query.at) if query.at else history)
