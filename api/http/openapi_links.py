"""Links from what a command is answered to the operations by which one goes on: in the API's description, for clients and tests."""

from collections.abc import Iterable, Mapping
from typing import Any

JSON = dict[str, Any]

_MODEL = {"catalog": "$request.path.catalog", "model": "$request.path.model"}
_LISTED = {"catalog": "$request.body#/catalog", "model": "$request.body#/model"}
_RUN = {"run": "$request.path.run"}
_OF_MODELS = ("getModel", "getStage", "getHistory", "explain")


def _to(operation_ids: Iterable[str], parameters: JSON) -> JSON:
    return {operation_id: {"operationId": operation_id, "parameters": parameters} for operation_id in operation_ids}


_EVENT = _to(["getEvent"], {"position": "$response.body#/position"})
_COMMAND = _to(["getCommand"], {"key": "$request.header.Idempotency-Key"})
_SUBSCRIPTION = _to(["getSubscription"], {"subscription": "$request.path.subscription"})
_WITHDRAWN: JSON = {
    "operationId": "withdraw",
    "parameters": _MODEL,
    "requestBody": {"claim": "$response.body#/position", "by": "recorder", "reason": "Read from the wrong column."},
}
_ANNOUNCED: JSON = {**_to(_OF_MODELS, _MODEL), "withdraw": _WITHDRAWN, **_EVENT, **_COMMAND}
_OF_SUBSCRIPTIONS = ("createDeployment", "deleteDeployment", "assignRole", "revokeRole", "registerWebhook", "removeWebhook")

LINKS: Mapping[str, JSON] = {
    "listModel": {**_to((*_OF_MODELS, "announce", "enterStage"), _LISTED), **_EVENT, **_COMMAND},
    "announce": _ANNOUNCED,
    "enterStage": _ANNOUNCED,
    "withdraw": {**_to(["getStage"], _MODEL), **_EVENT, **_COMMAND},
    "adoptPolicy": {**_EVENT, **_COMMAND},
    "recordWish": {**_EVENT, **_COMMAND},
    "importDirectory": _EVENT,
    "makeCheckpoint": _to(["proveEntry"], {"position": "$response.body#/size"}),
    "reportDeliveries": {**_to(["getNotice"], _RUN), **_COMMAND},
    "closeNotice": {**_to(["getNotice"], _RUN), **_COMMAND},
    **{operation: {**_SUBSCRIPTION, **_COMMAND} for operation in _OF_SUBSCRIPTIONS},
}
"""By operation."""
