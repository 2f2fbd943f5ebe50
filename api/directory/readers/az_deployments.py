"""Deployments as the cloud's command line prints them: of accounts, serverless endpoints, and managed compute, which is skipped."""

import re
from collections.abc import Iterable, Iterator

from api.directory.readers.fields import Fields, fields_of, inner, subscription_in, text
from api.directory.readers.found import Found, FoundDeployment, Skipped, Unreadable
from api.directory.readers.json_stream import Element
from api.directory.readers.once import Once
from api.importers.readers.deployment_types import deployment_types
from domain.directory.names import deployment_name
from domain.errors import InvalidName, shown
from domain.names import slug
from domain.subjects import Scope, SubjectKey

_MODEL_ID = re.compile(
    r"azureml://registries/[^/]+/models/(?P<model>[^/:@]+)(?:(?:/versions/|:)(?P<version>[^/]+)|(?:/labels/|@)[^/]+)?/?", re.IGNORECASE
)
_MANAGED = re.compile(r"/(?:online|batch)endpoints/", re.IGNORECASE)
_NAMES = re.compile(
    r"/(?:accounts/(?P<account>[^/]+)/(?:projects/[^/]+/)?deployments|workspaces/(?P<workspace>[^/]+)/serverlessendpoints)/(?P<name>[^/]+)/?$",
    re.IGNORECASE,
)
_STANDING = {"succeeded", "updating", "moving", "scaling"}
"""States in which a deployment answers; one that has no state is taken to."""
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OPENAI = "openai"


def is_deployment(fields: Fields) -> bool:
    """Tell whether an element looks like a deployment or an endpoint."""
    path = (text(fields, "id") or "").lower()
    paths = any(part in path for part in ("/deployments/", "/serverlessendpoints/", "/onlineendpoints/", "/batchendpoints/"))
    return paths or bool({"modelid", "instancetype"} & fields.keys()) or "model" in inner(fields, "properties")


def read_deployments(listed: Iterable[Element], subscription: str | None) -> Iterator[Found]:
    """Read all elements; each ends as one that is found.

    Args:
        listed: The elements of the list.
        subscription: Whose they are, where an element has no id that says so.
    """
    once = Once("element")
    for element in listed:
        found = _read(element, subscription)
        if isinstance(found, FoundDeployment):
            found = once.deployment(element.number, found)
        match found:
            case Skipped(line, reason, named):
                yield Skipped(line, element.reason(reason), named)
            case Unreadable(line, reason):
                yield Unreadable(line, element.reason(reason))
            case _:
                yield found


def _read(element: Element, subscription: str | None) -> Found:
    fields = fields_of(element.value)
    if fields is None:
        return Unreadable(element.line, "it is no object")
    path = text(fields, "id") or ""
    owner = subscription_in(path) or subscription
    if _MANAGED.search(path) or "instancetype" in fields:
        return Skipped(element.line, "managed compute: it has no serverless deployment", owner)
    if owner is None:
        return Unreadable(element.line, "it has no id that names its subscription; say which one was listed")
    state = text(fields, "provisioningstate") or text(inner(fields, "properties"), "provisioningstate")
    if state is not None and state.lower() not in _STANDING:
        return Skipped(element.line, f"it does not stand: {shown(state)}", owner)
    try:
        return _deployment(element.line, owner, fields)
    except InvalidName as problem:
        return Unreadable(element.line, f"its {problem.what} cannot be used: {problem.reason}")


def _deployment(line: int, subscription: str, fields: Fields) -> FoundDeployment:
    key, scope = _serverless(fields) if "modelid" in fields else _of_account(fields)
    return FoundDeployment(line, subscription, _name(fields), key, Scope.of({part: value for part, value in scope.items() if value}))


def _name(fields: Fields) -> str:
    path = _NAMES.search(text(fields, "id") or "")
    if path is None:
        return deployment_name(text(fields, "name") or "")
    return deployment_name(f"{path['account'] or path['workspace']}/{path['name']}")


def _serverless(fields: Fields) -> tuple[SubjectKey, dict[str, str | None]]:
    model = _MODEL_ID.fullmatch(text(fields, "modelid") or "")
    if model is None:
        raise InvalidName(
            "model id", "…", "it names no model of a registry, like azureml://registries/azureml-mistral/models/Mistral-large"
        )
    return SubjectKey.of("azure", slug(model["model"])), {
        "version": model["version"],
        "region": region(text(fields, "location") or ""),
        "deployment_type": "serverless",
    }


def _of_account(fields: Fields) -> tuple[SubjectKey, dict[str, str | None]]:
    model = inner(inner(fields, "properties"), "model")
    catalog = "azure-openai" if (text(model, "format") or "").lower() == _OPENAI else "azure"
    return SubjectKey.of(catalog, slug(text(model, "name") or "")), {
        "version": text(model, "version"),
        "deployment_type": deployment_type(text(inner(fields, "sku"), "name") or ""),
    }


def region(text: str) -> str:
    """Return a region as the cloud names it: `East US 2` is `eastus2`."""
    return "".join(text.lower().split())


def deployment_type(text: str) -> str:
    """Return the key form of a deployment type: `GlobalStandard` is `global-standard`. Empty where the text names none, or several.

    It is the form that published tables get, so that a claim about a type meets its deployments.
    """
    types = deployment_types(_WORDS.sub(" ", text))
    return types[0] if len(types) == 1 else ""
