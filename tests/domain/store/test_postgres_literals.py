"""Values as SQL writes them: the server reads the same."""

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.store.postgres.address import Connection
from domain.store.postgres.literals import array
from tests.servers.postgres import server

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NUMBERS = st.integers(0, 2**63 - 1)


@pytest.fixture(scope="module", params=["on", "off"])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A session that takes backslashes as they are, and one that does not."""
    with server().fresh() as name, psycopg.connect(server().url(name), autocommit=True) as opened:
        opened.execute(f"SET escape_string_warning = off; SET standard_conforming_strings = {request.param}")
        yield opened


@given(texts=st.lists(TEXTS | st.sampled_from(["", "NULL", "'", '"', "\\", "{,}", "\\'", "'; DROP TABLE ledger_entries; --"])))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_texts_come_back(connection: Connection, texts: list[str]) -> None:
    assert connection.execute(f"SELECT {array(connection, texts)}::text[]".encode()).fetchone() == (texts,)


@given(parts=st.lists(st.binary()), numbers=st.lists(NUMBERS))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_and_numbers_come_back(connection: Connection, parts: list[bytes], numbers: list[int]) -> None:
    asked = f"SELECT {array(connection, parts)}::bytea[], {array(connection, numbers)}::bigint[]"
    assert connection.execute(asked.encode()).fetchone() == (parts, numbers)


def test_what_ends_within_is_refused_by_the_server(connection: Connection) -> None:
    ended = array(connection, ["before\0after"])
    with pytest.raises(psycopg.Error):
        connection.execute(f"SELECT {ended}::text[]".encode())
