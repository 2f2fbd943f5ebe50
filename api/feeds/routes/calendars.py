"""Calendars of upcoming dates."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.feeds.calendar import calendar
from api.feeds.identity import identity
from api.feeds.planned import PlannedDate, PlannedDates
from api.feeds.routes.asked import FeedQuery, placed, site_of, wanted, wanted_scope
from api.http.body_route import no_parameters
from api.http.conditional import kept_answer, tag_of
from api.http.described import Responses, parameters, read_answers
from api.http.paths import Serving
from api.http.queries import read_query
from api.http.routes.subscriptions import SubscriptionPart
from api.http.service import Service
from domain.directory.names import subscription_id
from domain.directory.refusals import NoSuchSubscription
from domain.directory.subscription import fold
from domain.streams import subscription_stream
from domain.subjects import Scope, SubjectKey

router = APIRouter(tags=["feeds"])

MEDIA_TYPE = "text/calendar; charset=utf-8"
_CALENDAR: Responses = {200: {"description": "A calendar (RFC 5545).", "content": {"text/calendar": {"schema": {"type": "string"}}}}}


@router.get(
    "/feeds/upcoming.ics",
    operation_id="getCalendar",
    summary="A calendar of planned dates",
    response_class=Response,
    responses={**read_answers(), **_CALENDAR},
    openapi_extra=parameters(FeedQuery),
)
async def get_calendar(request: Request, service: Serving) -> Response:
    """Firm dates are confirmed, floors tentative, withdrawn ones cancelled. A date that moves keeps its event, with a higher sequence."""
    query = read_query(FeedQuery, request)
    await service.reach(None)
    is_wanted = wanted(request, query)
    keys = [key for key in service.models(query.catalog) if is_wanted(key)]
    return await _answer(request, service, query.title("Model lifecycle dates"), keys, wanted_scope(query))


@router.get(
    "/feeds/subscriptions/{subscription}/upcoming.ics",
    operation_id="getSubscriptionCalendar",
    summary="A calendar of planned dates of what a subscription has deployed",
    response_class=Response,
    responses={**read_answers(NoSuchSubscription), **_CALENDAR},
    dependencies=[Depends(no_parameters)],
)
async def get_subscription_calendar(request: Request, service: Serving, subscription: SubscriptionPart) -> Response:
    """What is deployed there now."""
    id_ = subscription_id(subscription)
    await service.reach(None)
    history = await run_in_threadpool(service.ledger.store.history, subscription_stream(id_))
    if not history:
        raise NoSuchSubscription(id_)
    deployed = {deployment.key for deployment in fold(id_, history).deployments.values()}
    keys = [key for key in service.models() if key in deployed]
    return await _answer(request, service, f"Model lifecycle dates: subscription {id_}", keys, lambda _: True)


async def _answer(request: Request, service: Service, name: str, keys: Sequence[SubjectKey], scopes: Callable[[Scope], bool]) -> Response:
    dates = dates_of(request)
    now, site, where = service.now(), site_of(request), placed(service, keys)

    def written() -> bytes:
        found = sorted(dates.of(where, now, scopes), key=_order)
        return calendar(name, found, identity(service.ledger.store), site)

    body = await run_in_threadpool(written)
    return kept_answer(request, body, tag_of(body), MEDIA_TYPE)


def _order(date: PlannedDate) -> tuple[object, ...]:
    return date.revision.date.at, date.key, date.scope.pairs, date.stage.rank


def dates_of(request: Request) -> PlannedDates:
    """Return the planned dates of the models that an application serves, kept as long as it is."""
    state = request.app.state
    found: PlannedDates | None = getattr(state, "planned_dates", None)
    if found is None:
        found = state.planned_dates = PlannedDates(state.service.ledger.store)
    return found
