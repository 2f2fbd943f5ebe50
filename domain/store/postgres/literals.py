"""Values as SQL writes them."""

from collections.abc import Sequence

from psycopg.pq import Escaping

from domain.store.postgres.address import Connection


def array(connection: Connection, values: Sequence[object]) -> str:
    """Return an array of texts, whole numbers or bytes as a literal, whose type is that of the place where it stands.

    Text holds no NUL: that is refused where it comes in, and would end the literal here.
    """
    written = "{" + ",".join(map(_element, values)) + "}"
    return Escaping(connection.pgconn).escape_literal(written.encode()).decode()


def _element(value: object) -> str:
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
