"""The rights table: which scopes each operation asks for. What has no row here is refused, and fails a test."""

from collections.abc import Mapping

from api.access.scopes import AccessScope
from domain.streams import MODELS, NOTICES, PEOPLE, POLICIES, SUBSCRIPTIONS

Needed = frozenset[AccessScope]
"""One of these is enough; none at all: nobody is asked."""

PUBLIC: Needed = frozenset()
_READ: Needed = frozenset({AccessScope.READ})
_ANNOUNCE: Needed = frozenset({AccessScope.ANNOUNCE})
_DIRECTORY: Needed = frozenset({AccessScope.DIRECTORY})
_NOTICES: Needed = frozenset({AccessScope.NOTICES})
_ADMIN: Needed = frozenset({AccessScope.ADMIN})
_PEOPLE: Needed = _DIRECTORY | _NOTICES
_LOG: Needed = _READ | _PEOPLE
_ANY: Needed = frozenset(AccessScope)

SOURCES = "source:"

OPERATIONS: Mapping[str, Needed] = {
    "getStage": _READ,
    "getAccess": _READ,
    "askStages": _READ,
    "listModels": _READ,
    "getModel": _READ,
    "getHistory": _READ,
    "explain": _READ,
    "getDiff": _READ,
    "getCatalog": _READ,
    "getUpcoming": _READ,
    "listPolicies": _READ,
    # Which entries are told is another question: see STREAMS.
    "listEvents": _LOG,
    "getEvent": _LOG,
    "followEvents": _LOG,
    "getCheckpoint": _READ,
    "listCheckpoints": _READ,
    # An answer with its proof makes a checkpoint, too.
    "makeCheckpoint": _READ,
    "getVerification": _READ,
    "makeVerification": _READ,
    "listSigningKeys": _READ,
    "proveEntry": _READ,
    "proveConsistency": _READ,
    "listModel": _ANNOUNCE,
    "announce": _ANNOUNCE,
    "enterStage": _ANNOUNCE,
    "withdraw": _ANNOUNCE,
    # A provider is judged by it.
    "adoptPolicy": _ADMIN,
    # Whoever sent a command may ask what became of it.
    "getCommand": _ANY,
    "listSubscriptions": _PEOPLE,
    "getSubscription": _PEOPLE,
    "importDirectory": _DIRECTORY,
    "assignRole": _DIRECTORY,
    "revokeRole": _DIRECTORY,
    "createDeployment": _DIRECTORY,
    "deleteDeployment": _DIRECTORY,
    "registerWebhook": _DIRECTORY,
    "removeWebhook": _DIRECTORY,
    "recordWish": _PEOPLE,
    "listNotices": _NOTICES,
    "getNotice": _NOTICES,
    "listNoticeSubscriptions": _NOTICES,
    "proveNotice": _NOTICES,
    "auditNotices": _NOTICES,
    "auditGaps": _NOTICES,
    "reportDeliveries": _NOTICES,
    "closeNotice": _NOTICES,
    "getCalendar": _READ,
    "getSubscriptionCalendar": _PEOPLE,
    "getAtomFeed": _READ,
    "getJsonFeed": _READ,
    "getBadge": _READ,
    "getHealth": PUBLIC,
    "getReadiness": PUBLIC,
    "getVersion": PUBLIC,
}
"""By operation id."""

PAGES: Mapping[str, Needed] = {
    "/": _READ,
    "/models/{catalog}/{model}": _READ,
    "/compare": _READ,
    "/ledger": _LOG,
    "/ledger/feed": _LOG,
    "/ledger/verification": _LOG,
    "/ledger/entries/{position}": _LOG,
    "/notices": _NOTICES,
    "/notices/runs/{run}": _NOTICES,
    "/notices/gaps": _NOTICES,
    "/notices/audit.csv": _NOTICES,
    "/notices/people/{person}": _NOTICES,
    "/notices/subscriptions/{subscription}": _NOTICES,
    "/announce": _ANNOUNCE,
    "/sign-in": PUBLIC,
    "/sign-in/provider": PUBLIC,
    "/sign-in/callback": PUBLIC,
    "/sign-out": PUBLIC,
    # Style, program and icon of the pages: the same for all.
    "/static/{digest}/{name}": PUBLIC,
    "/metrics": _READ,
    "/openapi.json": _ANY,
    "/docs": _ANY,
    "/redoc": _ANY,
    "/static-offline-docs": _ANY,
    # Its token is the credential.
    "/notices/acknowledge/{token}": PUBLIC,
}
"""By path: what is no operation of the API's description."""

PROBLEM_PAGES = "/problems/"
"""Begins the paths of the pages that explain problems: a refusal names its own, so nobody is asked there."""

STREAMS: Mapping[str, Needed] = {
    MODELS: _READ,
    POLICIES: _READ,
    SOURCES: _READ,
    SUBSCRIPTIONS: _PEOPLE,
    PEOPLE: _PEOPLE,
    NOTICES: _NOTICES,
}
"""What reading a stream's entries asks for, by what its name begins with. None holds a name or an address of a person, and yet those of the
last three tell who has which role, and who was told."""


def needed_for(operation: str | None, path: str) -> Needed | None:
    """Return the row of a route; there is none where somebody forgot it."""
    if operation is not None:
        return OPERATIONS.get(operation)
    return PUBLIC if path.startswith(PROBLEM_PAGES) else PAGES.get(path)
