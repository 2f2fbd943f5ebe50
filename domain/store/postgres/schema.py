"""How a database with a ledger is told from others, and made one."""

import psycopg
from psycopg import sql

from domain.store.errors import NewerSchema, StoreDamaged, StoreFailed, StoreLocked
from domain.store.postgres.address import Address, Connection
from domain.store.postgres.errors import CreatingRefused, ForeignTables, NotPrepared, OlderTables, WritingRefused
from domain.store.postgres.faults import fault_of, foreign
from domain.store.postgres.guards import GUARDED, body, creation
from domain.store.postgres.sessions import WRITE_LOCK
from domain.store.postgres.tables import APPLICATION, SCHEMA_VERSION, TABLES, statements, trigger_names

_UPGRADE_SECONDS = 60
"""How long an upgrade waits for another one, or for those who write."""

_TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')"
)
_TRIGGERS = """
    SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = quote_ident(current_schema())::regnamespace AND tgenabled = 'A'
"""
_GUARDS = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = quote_ident(current_schema())::regnamespace"
_VERSION = "SELECT version, application FROM ledger_schema ORDER BY version DESC LIMIT 1"
_MAY_WRITE = """
    SELECT NOT pg_is_in_recovery() AND bool_and(has_table_privilege(quote_ident(current_schema()) || '.' || name, 'INSERT'))
    FROM unnest(%s::text[]) AS name
"""
_WRITTEN = sorted(set(TABLES) - {"ledger_schema"})


def check(connection: Connection, name: str, *, to_write: bool) -> None:
    """Refuse a database that is not a ledger of this version.

    Raises:
        NotPrepared: it has no ledger.
        ForeignTables: the ledger's names stand for something else.
        NewerSchema: a later version upgraded it.
        OlderTables: it has to be upgraded.
        StoreDamaged: parts of the schema are missing.
        WritingRefused: it is to be written, and cannot be here.
    """
    try:
        version = _version(connection, name)
        if version is None:
            raise NotPrepared(name)
        if version < SCHEMA_VERSION:
            raise OlderTables(name, version, SCHEMA_VERSION)
        _check_whole(connection, name)
        if to_write and connection.execute(_MAY_WRITE, (_WRITTEN,)).fetchone() != (True,):
            raise WritingRefused(name)
    except psycopg.Error as error:
        raise fault_of(error, name) from error


def version_of(connection: Connection) -> int:
    """Return the schema version that stands in a ledger."""
    row = connection.execute(_VERSION).fetchone()
    return int(str(row[0])) if row else 0


def upgrade(url: str) -> tuple[int, int]:
    """Make a database a ledger of today's schema, unless it is one; return the version that it had, 0 if none, and the one that it has.

    Many may do so at once: it is done once.

    Raises:
        StoreFault: the database cannot be reached, is something else, is of a later version, or the role may not make tables.
    """
    address = Address(url)
    with address.connect() as connection:
        try:
            return _upgrade(connection, address.name), SCHEMA_VERSION
        except psycopg.errors.InsufficientPrivilege as error:
            raise CreatingRefused(address.name) from error
        except psycopg.errors.LockNotAvailable as error:
            raise StoreLocked(address.name) from error
        except psycopg.Error as error:
            raise fault_of(error, address.name) from error


def _upgrade(connection: Connection, name: str) -> int:
    _check_encoding(connection, name)
    connection.execute(f"SET lock_timeout = '{_UPGRADE_SECONDS}s'")
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (WRITE_LOCK,))
        version = _version(connection, name)
        if version is None:
            for statement in statements(_schema(connection, name)):
                connection.execute(statement)
            connection.execute("INSERT INTO ledger_schema VALUES (%s, %s)", (SCHEMA_VERSION, APPLICATION))
        else:
            _check_whole(connection, name)
            _renew_guards(connection, name)
        return version or 0


def _renew_guards(connection: Connection, name: str) -> None:
    """Take the place of guards that an earlier release made: they refuse the same, in another time."""
    found = {str(function): str(source) for function, source in connection.execute(_GUARDS)}
    for table in GUARDED:
        if found.get(f"{table}_guard") != body(table):
            connection.execute(creation(table, _schema(connection, name)))


def _version(connection: Connection, name: str) -> int | None:
    """Return the version of the ledger's tables, or none where there are none."""
    found = {str(table) for (table,) in connection.execute(_TABLES)} & set(TABLES)
    if not found:
        return None
    if "ledger_schema" not in found:
        raise ForeignTables(name, f"it has a table {min(found)}, and none that tells the version of a ledger")
    try:
        row = connection.execute(_VERSION).fetchone()
    except psycopg.Error as error:
        raise foreign(error, name) from error
    if row is None or row[1] != APPLICATION:
        raise ForeignTables(name, "its table ledger_schema is that of another application")
    version = int(str(row[0]))
    if version > SCHEMA_VERSION:
        raise NewerSchema(name, version, SCHEMA_VERSION)
    return version


def _check_whole(connection: Connection, name: str) -> None:
    tables = {str(table) for (table,) in connection.execute(_TABLES)}
    triggers = {str(trigger) for (trigger,) in connection.execute(_TRIGGERS)}
    if missing := (set(TABLES) - tables) | (trigger_names() - triggers):
        raise StoreDamaged(name, f"its schema has lost {', '.join(sorted(missing))}")


def _check_encoding(connection: Connection, name: str) -> None:
    (encoding,) = connection.execute("SHOW server_encoding").fetchone() or ("",)
    if encoding != "UTF8":
        raise StoreFailed(name, f"it is encoded in {encoding}; create it with ENCODING 'UTF8' TEMPLATE template0")


def _schema(connection: Connection, name: str) -> str:
    (schema,) = connection.execute("SELECT current_schema()").fetchone() or (None,)
    if schema is None:
        raise StoreFailed(name, "no schema of its search_path is there; create one")
    return sql.Identifier(str(schema)).as_string(connection)
