"""What a role needs to be let do: who appends may INSERT and SELECT, who asks may SELECT, and neither anything more."""

from domain.store.postgres.tables import LOG_TABLES, TABLES


def grants(role: str, *, schema: str = "public", read_only: bool = False) -> list[str]:
    """Return the statements that the owner of a ledger runs for a role, which must be there."""
    name, place = _quoted(role), _quoted(schema)
    given = [f"GRANT USAGE ON SCHEMA {place} TO {name}", f"GRANT SELECT ON {_tables(place, TABLES)} TO {name}"]
    return given if read_only else [*given, f"GRANT INSERT ON {_tables(place, LOG_TABLES)} TO {name}"]


def _tables(place: str, tables: tuple[str, ...] | dict[str, str]) -> str:
    return ", ".join(f"{place}.{table}" for table in tables)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
