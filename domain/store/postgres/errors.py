"""What a PostgreSQL database is refused for, where it needs other words than a file."""

from dataclasses import dataclass

from domain.store.errors import NotALedger, OlderSchema, StoreFault, StoreReadOnly


@dataclass(eq=False)
class NotPrepared(StoreFault):
    """A database without the tables of a ledger."""

    @property
    def sentence(self) -> str:
        return f"The database {self.path} has no ledger yet. Run lifecycle db upgrade as the owner of the database, then start again."


@dataclass(eq=False)
class OlderTables(OlderSchema):
    """Tables that an earlier version of the software made."""

    @property
    def sentence(self) -> str:
        return (
            f"The ledger {self.path} has schema version {self.version}, and this software writes {self.wanted}. "
            "Back up the database, then run lifecycle db upgrade."
        )


@dataclass(eq=False)
class ForeignTables(NotALedger):
    """Tables of the ledger's names that are something else. They were left as they are."""

    @property
    def sentence(self) -> str:
        return f"{self.path} is not a ledger: {self.reason}. Name another database, or another schema by its search_path."


@dataclass(eq=False)
class AnotherLedger(StoreFault):
    """A database that was named as a replica, and holds something else."""

    @property
    def sentence(self) -> str:
        return (
            f"{self.path} is no replica of this ledger: its entries are others. Name a replica in LIFECYCLE_READ_DATABASE, or leave it out."
        )


@dataclass(eq=False)
class WritingRefused(StoreReadOnly):
    """A write to a database, by a role or at a server, that can only be read."""

    @property
    def sentence(self) -> str:
        return (
            f"The ledger {self.path} can only be read here: the store was opened for reading, the server is a replica, or the role lacks "
            "a privilege. Name the primary server and a role that may INSERT and SELECT."
        )


@dataclass(eq=False)
class CreatingRefused(StoreFault):
    """The role may not make the tables of a ledger."""

    @property
    def sentence(self) -> str:
        return f"The role may not create tables in {self.path}. Run lifecycle db upgrade as the owner of the database."


@dataclass(eq=False)
class TransactionPooling(StoreFault):
    """A pooler that gives each transaction another session."""

    @property
    def sentence(self) -> str:
        return (
            f"{self.path} is behind a pooler in transaction mode: each transaction gets another session, so prepared statements fail and "
            "notifications are lost. Set its pool_mode to session, or connect to the server itself."
        )


@dataclass(eq=False)
class PoolExhausted(StoreFault):
    """A pooler that has no session left to lend."""

    @property
    def sentence(self) -> str:
        return (
            f"The pooler before {self.path} had no session to lend in time. Let it lend at least ten for each worker (PgBouncer: "
            "default_pool_size), or start fewer workers."
        )


@dataclass(eq=False)
class FunctionsEnabled(StoreFault):
    """The library's switch for appending without a lock."""

    @property
    def sentence(self) -> str:
        return (
            "POSTGRES_ENABLE_DB_FUNCTIONS is set: what appends with it takes no lock, and whoever follows the log misses entries. "
            "Unset it, then start again."
        )
