"""What all feeds are asked for: which models."""

from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from api.http.service import Service
from api.pages.names import names_of
from domain.errors import InvalidName
from domain.events import Position
from domain.subjects import WHOLE, Scope, SubjectKey, parse_subject


class FeedQuery(BaseModel):
    """Which models a feed is about: all of those that fit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    catalog: Annotated[str | None, Field(max_length=64, description="Only this catalog.", examples=["azure"])] = None
    provider: Annotated[str | None, Field(max_length=200, description="Only of this provider.", examples=["Mistral AI"])] = None
    model: Annotated[
        str | None,
        Field(
            max_length=400,
            description="Only this model, perhaps with a version.",
            examples=["azure/mistral-large", "azure-openai/gpt-4o@0613"],
        ),
    ] = None

    def title(self, what: str) -> str:
        """Name a feed by what it is asked for."""
        asked = [part for part in (self.model, self.catalog, self.provider) if part]
        return f"{what}: {', '.join(asked)}" if asked else what

    def subject(self) -> tuple[SubjectKey, Scope] | None:
        """Return the one model that is asked for, if one is.

        Raises:
            LedgerError: it is no model's key.
        """
        if self.model is None:
            return None
        if "/" not in self.model:
            raise InvalidName("model", self.model, "write catalog/model")
        return parse_subject(self.model)


def wanted(request: Request, query: FeedQuery) -> Callable[[SubjectKey], bool]:
    """Return what tells whether a model is asked for."""
    names, subject = names_of(request), query.subject()

    def is_wanted(key: SubjectKey) -> bool:
        if subject and key != subject[0]:
            return False
        return query.catalog in (None, key.catalog) and query.provider in (None, names.of(key).provider)

    return is_wanted


def wanted_scope(query: FeedQuery) -> Callable[[Scope], bool]:
    """Return what tells whether a scope's own date is asked for: without a version, each is."""
    subject = query.subject()
    asked = subject[1] if subject else WHOLE
    return asked.meets


def placed(service: Service, keys: Sequence[SubjectKey]) -> list[tuple[SubjectKey, Position]]:
    """Return models with the position of the last entry about each, as far as is known here."""
    if service.index.stopped:
        return [(key, service.position) for key in keys]
    return [(key, entry.last_position) for key in keys if (entry := service.index.entry(key))]


def site_of(request: Request) -> str:
    """Return the address of this service's pages, without a slash at its end."""
    return str(request.base_url).rstrip("/")
