"""Values as SQL writes them."""

from collections.abc import Sequence

from psycopg.pq import Escaping

from domain.store.postgres.address import Connection


def array(connection: Connection, values: Sequence[object]) -> str:
    """Return an array of texts, whole numbers or bytes as a literal, whose type is that of the place where it stands.

    Text holds no NUL: that is refused where it comes in, and would end the literal here.
    """
    if all(isinstance(value, bytes) for value in values):
        return "E'{" + ",".join([f'"\\\\\\\\x{value.hex()}"' for value in values if isinstance(value, bytes)]) + "}'"
    if all(isinstance(value, int) for value in values):
        return "'{" + ",".join(map(str, values)) + "}'"
    written = "{" + ",".join([_quoted(str(value)) for value in values]) + "}"
    return Escaping(connection.pgconn).escape_literal(written.encode()).decode()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
