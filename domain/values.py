"""What every value and event is made of, and where a claim comes from."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value that never changes once made, and refuses fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Source(Frozen):
    """Where a claim was read: enough for an auditor to go back to the page and the row."""

    address: str | None
    """Where the document was published (a URL), if known."""
    document: str | None
    """SHA-256 of the document's bytes, in hex, if there was one."""
    name: str
    """The name by which this ledger tells sources apart."""
    raw: str | None
    """The row as published, if there was one."""
    row: int | None
    """Line of the document at which the row starts, counted from 1, if there was one."""
