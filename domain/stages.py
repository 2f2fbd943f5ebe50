"""The lifecycle stages of a model, in the order in which a model goes through them."""

from enum import StrEnum


class Stage(StrEnum):
    """A stage holds from an instant on, until another one is entered. Source: the lifecycle stages of the model catalog."""

    PREVIEW = "preview"
    """Experimental: weights, runtime and interface may change, and general availability is not promised."""
    GENERALLY_AVAILABLE = "generally_available"
    """The default stage: fit for production, weights and interfaces fixed."""
    LEGACY = "legacy"
    """Intended for deprecation: everything still works, and it is time to plan the move."""
    DEPRECATED = "deprecated"
    """No new deployments; existing deployments work until retirement."""
    RETIRED = "retired"
    """No new deployments, and existing deployments return errors."""

    @property
    def rank(self) -> int:
        """Place in the order of life, 0 for preview to 4 for retired."""
        return _RANKS[self]


_RANKS = {stage: rank for rank, stage in enumerate(Stage)}

PLANNED_STAGES = (Stage.LEGACY, Stage.DEPRECATED, Stage.RETIRED)
"""The stages for which providers publish dates."""
