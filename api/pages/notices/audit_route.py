"""Who was not told in time; all that one person, or one subscription, was told; and the rows as CSV."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.http.notice_queries import AuditQuery, Form
from api.http.notice_reading import position_of, read
from api.http.paths import Serving
from api.http.queries import read_query
from api.http.routes.audit import all_rows
from api.http.routes.subscriptions import PersonPart, SubscriptionPart
from api.pages.notices.asked import Asked, GapsPageQuery, filled
from api.pages.notices.held import HeldQuery, held
from api.pages.notices.rows import at, rows_of
from api.pages.page_route import PageRoute
from api.pages.rendering import page
from domain.directory.events import PersonErased
from domain.directory.names import subscription_id
from domain.directory.refusals import NoSuchPerson
from domain.streams import person_stream
from projections.directory.known import is_known
from projections.notices.audit import AuditFilter, Missed, audit
from projections.notices.audit_statements import DateAsked
from projections.notices.told import State

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/notices/gaps")
async def show_gaps(request: Request, service: Serving) -> Response:
    """Show who was told with fewer days than asked for, or never."""
    request = filled(request)
    query = read_query(GapsPageQuery, request)
    asked = Asked(request, query)
    rows = await rows_of(service, asked, query, query.wanted(), Missed(query.date, query.days))
    shown: dict[str, Any] = {"people": rows, "query": query, "asked": asked, "states": tuple(State), "dates": tuple(DateAsked), "at": at}
    return page(request, "notices_gaps.html.j2", title="Not told in time", **shown)


@router.get("/notices/people/{person}")
async def show_person(request: Request, service: Serving, person: PersonPart) -> Response:
    """Show all that one person was told, or a webhook."""
    request = filled(request)
    query = read_query(AuditQuery, request)
    asked = Asked(request, query)
    rows = await rows_of(service, asked, query, replace(query.wanted(), id=person))
    wishes = await run_in_threadpool(service.ledger.store.history, person_stream(person), rows.position)
    if not rows.rows and not wishes and not await read(service, lambda connection: _is_known(connection, person)):
        raise NoSuchPerson(person)
    erased_at = next((entry.recorded_at for entry in wishes if isinstance(entry.event, PersonErased)), None)
    shown: dict[str, Any] = {"people": rows, "query": query, "asked": asked, "erased_at": erased_at, "states": tuple(State), "at": at}
    return page(request, "notices_person.html.j2", title=f"Person {person}", person=person, **shown)


@router.get("/notices/subscriptions/{subscription}")
async def show_subscription(request: Request, service: Serving, subscription: SubscriptionPart) -> Response:
    """Show what the people of one subscription were told, and who holds which role there."""
    request = filled(request)
    query = read_query(HeldQuery, request)
    id_, asked = subscription_id(subscription), Asked(request, query)
    found = await held(service, id_, query)
    rows = await rows_of(service, asked, query, replace(query.wanted(), subscription=id_))
    shown: dict[str, Any] = {"people": rows, "query": query, "asked": asked, "held": found, "states": tuple(State), "at": at}
    return page(request, "notices_subscription.html.j2", title=f"Subscription {id_}", **shown)


@router.get("/notices/audit.csv")
async def export(request: Request, service: Serving) -> Response:
    """Give all rows that fit; with `days`, those who were not told so many days ahead."""
    request = filled(request)
    if "days" not in request.query_params:
        query = read_query(AuditQuery, request)
        return await all_rows(service, Form.CSV, await position_of(service, query), query.wanted(), None)
    asked = read_query(GapsPageQuery, request)
    return await all_rows(service, Form.CSV, await position_of(service, asked), asked.wanted(), Missed(asked.date, asked.days))


def _is_known(connection: Connection, person: str) -> bool:
    """Whether somebody, or a webhook, ever had to be told, or has a role."""
    return bool(audit(connection, AuditFilter(id=person), limit=1)) or is_known(connection, person)
