"""The audit for whoever writes it as JSON at once: what passes as it is stays as the database wrote it."""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pydantic_core import to_json
from sqlalchemy import Connection

from domain.events import Position
from projections.notices.audit import EVERYTHING, AuditFilter, Missed, read_reasons
from projections.notices.days import Day
from projections.notices.reasons import Form, Key, Row
from projections.notices.told import decisive


class JsonReason(NamedTuple):
    """A reason, as far as the database writes it."""

    run: str
    why: str
    """An object with the columns of `AuditRow` from `member` to `role`."""
    result: str
    accepted_on: str
    """A day; empty where nothing was accepted."""
    came: str
    """An object with the columns from `state` to `reported_by`."""
    acknowledged_at: str


def audit_as_json():
    pass
