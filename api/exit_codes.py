"""Exit codes: what a command tells the shell. `Could not tell` never shares a code with `fine`."""

from enum import IntEnum

from api.access.errors import AccessFileFault, KeyNameTaken, NoSuchKey
from api.backup.errors import ExportExists, PeopleThere
from api.directory.errors import DirectoryShrunk
from api.http.listening import CannotListen
from api.importers.page import PageOvertaken
from api.opening import NoLedger
from domain import refusals
from domain.directory import refusals as directory
from domain.errors import LedgerError
from domain.notices import refusals as notices
from domain.people.errors import AddressShared
from domain.proof import errors as proof
from domain.proof import export_errors as exporting
from domain.store import errors as store


class ExitCode(IntEnum):
    """The codes of every command."""

    FINE = 0
    FINDING = 1
    """It was done, and something in it needs a person."""
    USAGE = 2
    """The command or its input is wrong; nothing was written."""
    COULD_NOT_TELL = 3
    """There is no answer: no such model, nothing known then, not listed yet."""
    CONFLICT = 4
    """The ledger holds something that this contradicts; nothing was written."""
    UNAVAILABLE = 5
    """The ledger cannot be read or written."""
    TRUNCATED = 6
    """A verification found that the ledger's end is gone."""
    NEVER_CHECKPOINTED = 7
    """A verification found nothing wrong, and nothing signed either."""


_BY_CLASS: dict[type[LedgerError], ExitCode] = {
    NoLedger: ExitCode.UNAVAILABLE,
    CannotListen: ExitCode.UNAVAILABLE,
    AccessFileFault: ExitCode.UNAVAILABLE,
    KeyNameTaken: ExitCode.CONFLICT,
    NoSuchKey: ExitCode.COULD_NOT_TELL,
    PageOvertaken: ExitCode.CONFLICT,
    refusals.NoSuchModel: ExitCode.COULD_NOT_TELL,
    refusals.SeveralModels: ExitCode.COULD_NOT_TELL,
    refusals.AlreadyListed: ExitCode.CONFLICT,
    refusals.NamesMeet: ExitCode.CONFLICT,
    refusals.ClaimNotOpen: ExitCode.CONFLICT,
    refusals.PolicyNotNewer: ExitCode.CONFLICT,
    refusals.PageOlder: ExitCode.CONFLICT,
    refusals.EdgeNotDue: ExitCode.CONFLICT,
    directory.SnapshotTooSmall: ExitCode.CONFLICT,
    directory.SnapshotOlder: ExitCode.CONFLICT,
    directory.DeploymentRefused: ExitCode.CONFLICT,
    directory.AlreadyDeployed: ExitCode.CONFLICT,
    directory.NoSuchSubscription: ExitCode.COULD_NOT_TELL,
    directory.NotInSubscription: ExitCode.COULD_NOT_TELL,
    directory.NoSuchPerson: ExitCode.COULD_NOT_TELL,
    AddressShared: ExitCode.COULD_NOT_TELL,
    notices.NoSuchRun: ExitCode.COULD_NOT_TELL,
    notices.NoSuchMember: ExitCode.COULD_NOT_TELL,
    exporting.ExportInvalid: ExitCode.USAGE,
    exporting.LedgerNotEmpty: ExitCode.CONFLICT,
    ExportExists: ExitCode.CONFLICT,
    PeopleThere: ExitCode.CONFLICT,
    proof.NothingToSign: ExitCode.COULD_NOT_TELL,
    proof.NoTrees: ExitCode.COULD_NOT_TELL,
    proof.BeyondCheckpoint: ExitCode.COULD_NOT_TELL,
    proof.NotConsistent: ExitCode.CONFLICT,
    proof.OriginDiffers: ExitCode.CONFLICT,
    proof.KeysUnknown: ExitCode.CONFLICT,
    notices.AudienceOpen: ExitCode.CONFLICT,
    notices.AudienceOvertaken: ExitCode.CONFLICT,
    notices.RunClosed: ExitCode.CONFLICT,
    notices.RunIncomplete: ExitCode.CONFLICT,
    DirectoryShrunk: ExitCode.CONFLICT,
    store.StaleVersion: ExitCode.CONFLICT,
    store.CommandKeyReused: ExitCode.CONFLICT,
}


_UNAVAILABLE = (
    *("domain.store", "domain.people", "domain.proof", "projections.tables"),
    *("api.notices.following", "api.notices.outbox", "api.timestamping"),
)


def exit_code_of(error: LedgerError) -> ExitCode:
    """Return the code for an error: those of databases and of the worker are `unavailable`, what is not listed is `usage`."""
    found = _BY_CLASS.get(type(error))
    if found is not None:
        return found
    return ExitCode.UNAVAILABLE if type(error).__module__.startswith(_UNAVAILABLE) else ExitCode.USAGE
