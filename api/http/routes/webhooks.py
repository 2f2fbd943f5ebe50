"""Webhooks: a subscription is told by them, too."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import wire_answers as wire
from api.delivery.private_addresses import AddressRefused
from api.directory.webhooks import checked_url, new_secret
from api.http import answers, rendering
from api.http.body_route import BodyRoute, refuse_unknown
from api.http.conditional import JSON_TYPE
from api.http.described import write_answers
from api.http.directory_bodies import WebhookBody
from api.http.paths import Serving
from api.http.routes.subscriptions import SubscriptionPart
from api.http.service import Service
from api.http.writing import IdempotencyKey, command_key, write
from domain.directory import refusals
from domain.directory.commands import RegisterWebhook, RemoveWebhook
from domain.directory.events import WebhookRegistered
from domain.directory.names import subscription_id
from domain.receipts import Receipt
from domain.store.errors import CommandKeyReused
from domain.streams import subscription_stream

router = APIRouter(tags=["directory"], route_class=BodyRoute)


@router.post(
    "/v1/subscriptions/{subscription}/webhooks",
    operation_id="registerWebhook",
    summary="Tell a subscription by a webhook, too",
    status_code=201,
    response_model=answers.WebhookRegistered,
    responses=write_answers(AddressRefused, refusals.NoSuchSubscription),
)
async def register_webhook(
    service: Serving, subscription: SubscriptionPart, webhook: Annotated[WebhookBody, Body()], idempotency_key: IdempotencyKey = None
) -> Response:
    """Its secret, with which notices are signed (Standard Webhooks), is told once, and again where the command is sent again."""
    id_, key = subscription_id(subscription), command_key(idempotency_key)
    found, secret = await run_in_threadpool(_sealed, service, key, id_, checked_url(webhook.url))
    receipt = await service.record(RegisterWebhook(subscription=id_, webhook=found), key, None)
    content = {**wire.receipt(receipt, service.position), "webhook": found, "secret": secret}
    return Response(rendering.plain(content), 201, media_type=JSON_TYPE)


@router.delete(
    "/v1/subscriptions/{subscription}/webhooks/{webhook}",
    operation_id="removeWebhook",
    summary="Tell a webhook no longer",
    status_code=201,
    response_model=answers.Written,
    responses=write_answers(refusals.NotInSubscription),
)
async def remove_webhook(
    request: Request,
    service: Serving,
    subscription: SubscriptionPart,
    webhook: Annotated[str, Path(description="The webhook's id.", max_length=100)],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Where it went is forgotten."""
    refuse_unknown(request)
    id_ = subscription_id(subscription)
    answered = await write(service, RemoveWebhook(subscription=id_, webhook=webhook), idempotency_key, None, f"/v1/subscriptions/{id_}")
    await run_in_threadpool(service.office.people.remove_webhook, webhook)
    return answered


def _sealed(service: Service, key: str, subscription: str, url: str) -> tuple[str, str]:
    """Seal a webhook, and return its id and its secret; where the command was carried out before, those that were made then."""
    store, people = service.ledger.store, service.office.people
    history = store.history(subscription_stream(subscription))
    if not history:
        raise refusals.NoSuchSubscription(subscription)
    kept = store.kept(key)
    positions = Receipt.from_json(kept.answer).positions if kept else ()
    for entry in history if positions else ():
        if entry.position in positions and isinstance(entry.event, WebhookRegistered):
            before = people.webhook(entry.event.webhook)
            if before and before.url == url:
                return entry.event.webhook, before.secret
    if kept:
        raise CommandKeyReused(key)
    secret = new_secret()
    return people.seal_webhook(url, secret), secret
