"""The names of the streams in which events are kept."""

from domain.subjects import SubjectKey

MODELS = "model:"
POLICIES = "policy:"
SUBSCRIPTIONS = "subscription:"
PEOPLE = "person:"
NOTICES = "notice:"


def model_stream(key: SubjectKey) -> str:
    """Return the stream of one model."""
    return f"{MODELS}{key}"


def catalog_prefix(catalog: str | None) -> str:
    """Return what the streams of a catalog's models begin with; of all catalogs, if none is named."""
    return f"{MODELS}{catalog}/" if catalog else MODELS


def key_of(stream: str) -> SubjectKey:
    """Return the model that a stream is about."""
    return SubjectKey.parse(stream.removeprefix(MODELS))


def policy_stream(catalog: str) -> str:
    """Return the stream of a catalog's rules."""
    return f"{POLICIES}{catalog}"


def source_stream(catalog: str, name: str) -> str:
    """Return the stream of the readings of a source."""
    return f"source:{catalog}:{name}"


def subscription_stream(subscription: str) -> str:
    """Return the stream of one subscription's roles and deployments."""
    return f"{SUBSCRIPTIONS}{subscription}"


def person_stream(person: str) -> str:
    """Return the stream of one person's wishes; the person is known by an opaque id."""
    return f"{PEOPLE}{person}"


def notice_stream(key: SubjectKey, run: int) -> str:
    """Return the stream of one notification run: a model's, named by the position at which it was opened."""
    return f"{NOTICES}{key}:{run}"


def run_of(stream: str) -> tuple[SubjectKey, int]:
    """Return the model and the run that a stream is about."""
    key, _, run = stream.removeprefix(NOTICES).rpartition(":")
    return SubjectKey.parse(key), int(run)
