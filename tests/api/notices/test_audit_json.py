"""What the database writes of the audit is what is written of its rows."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from pydantic_core import to_json
from sqlalchemy import Connection

from api.notices.audit_json import audit_texts
from api.notices.wire import wire_audit
from domain.dates import firm
from domain.notices.events import Result
from projections.notices.audit import AuditFilter, AuditKey, AuditRow, Missed, audit, gaps
from projections.notices.audit_json import audit_as_json, key_of
from projections.notices.audit_statements import DateAsked
from tests.projections.notices.histories import MODELS, Story, outcome, person, stories, views_of
from tests.projections.notices.test_against_a_reckoning import THOROUGH, filters
from tests.projections.tables.test_json_text import HOSTILE

MISSED = Missed(DateAsked.DEPRECATED, 20)


def rows_of(connection: Connection, wanted: AuditFilter, missed: Missed | None, position: int | None) -> Sequence[AuditRow]:
    if missed is None:
        return audit(connection, wanted, limit=1000, position=position)
    return gaps(connection, missed.days, missed.on, wanted, limit=1000, position=position)


def pages_of(connection: Connection, wanted: AuditFilter, missed: Missed | None, position: int | None) -> list[str]:
    texts: list[str] = []
    after: AuditKey | None = None
    while True:
        found = audit_as_json(connection, wanted, missed, after=after, limit=2, position=position)
        texts += audit_texts(found)
        if len(found.rows) < 2:
            return texts
        after = AuditKey._make(key_of(found.rows[-1]))


@THOROUGH
@given(stories(), filters())
def test_it_is_written_as_of_every_position(story: Story, wanted: AuditFilter) -> None:
    with views_of(story) as connection:
        for position in (*range(story.head + 1), None):
            for missed in (None, MISSED):
                rows = rows_of(connection, wanted, missed, position)
                assert pages_of(connection, wanted, missed, position) == [to_json(wire_audit(row)).decode() for row in rows]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_it(text: str) -> None:
    story = Story()
    run = story.open(MODELS[0], firm("2025-01-20"), None)
    story.audience(run, [person("ann", (f"s-{text}", "owner")), person("bob")], complete=True)
    story.deliver(run, outcome(1, Result.TRANSIENT, text), outcome(1, Result.ACCEPTED, text), outcome(2, Result.PERMANENT, text), by=text)
    with views_of(story) as connection:
        rows = rows_of(connection, AuditFilter(), None, None)
        assert [(row.code, row.attempts) for row in rows] == [(text, 2), (text, 1)]
        assert pages_of(connection, AuditFilter(), None, None) == [to_json(wire_audit(row)).decode() for row in rows]
