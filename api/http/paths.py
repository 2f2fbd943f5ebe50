"""What stands in a path: the model, in full, perhaps with a version."""

from typing import Annotated, Any

from fastapi import Depends, Path, Request

from api.http.service import Service
from domain.errors import InvalidName
from domain.subjects import Scope, SubjectKey, parse_subject

CatalogPart = Annotated[str, Path(description="The catalog.", examples=["azure"], max_length=64)]
ModelPart = Annotated[
    str, Path(description="The model's key; with `@version` for one version of it.", examples=["mistral-large"], max_length=400)
]


async def service_of(request: Request) -> Service:
    """Return the service that the application was made for. It is async, for FastAPI calls what is not on a thread."""
    found: Service = request.app.state.service
    return found


Serving = Annotated[Service, Depends(service_of)]


SUBJECT: list[dict[str, Any]] = [
    {"name": "catalog", "in": "path", "required": True, "description": "The catalog.", "schema": {"type": "string"}, "example": "azure"},
    {
        "name": "model",
        "in": "path",
        "required": True,
        "description": "The model's key; with `@version` for one version of it.",
        "schema": {"type": "string"},
        "example": "mistral-large",
    },
]
"""The path of a model as the documentation describes it, for routes that read it themselves."""


def subject_of(catalog: str, model: str, scope: Scope) -> tuple[SubjectKey, Scope]:
    """Read a model's path, and join the version of its short form with a scope.

    Raises:
        InvalidName: it is no key, or two versions are named.
    """
    key, short = parse_subject(f"{catalog}/{model}")
    if not short.meets(scope):
        raise InvalidName("scope version", short.as_dict()["version"], "another version is named in scope.version; give one of the two")
    return key, short.joined(scope) if short else scope
