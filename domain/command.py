"""What every command is. Its canonical bytes are what a command key stands for."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from domain.refusals import NotUnicode


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something to record. An `announced_at` of none means now, when the command is carried out."""

    def fingerprint(self) -> str:
        """Return a digest of the whole command: a key used again with another one is refused.

        Raises:
            NotUnicode: a text of it cannot be written.
        """
        kind = type(self)
        try:
            content = _adapter(kind).dump_json(self, exclude_none=True)  # type: ignore[arg-type]  # classes are hashable
        except PydanticSerializationError:
            raise NotUnicode(kind.__name__) from None
        return sha256(kind.__name__.encode() + content).hexdigest()


@cache
def _adapter(kind: type[Command]) -> TypeAdapter[Command]:
    """Return what writes commands of a kind; made when it is needed, for it takes milliseconds."""
    return TypeAdapter(kind)
