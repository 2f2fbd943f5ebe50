"""What can go wrong with keys and credentials. No sentence holds any part of a credential."""

from dataclasses import dataclass

from domain.errors import LedgerError, shown


@dataclass(eq=False)
class CredentialRefused(LedgerError):
    """A credential that is not good, or none."""

    reason: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"{self.reason}. Send an API key or an access token that is good here, as Authorization: Bearer, or a key as X-API-Key."


@dataclass(eq=False)
class CredentialUnchecked(LedgerError):
    """A credential that cannot be checked at the moment."""

    reason: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"The credential cannot be checked now: {self.reason}. Try again."


@dataclass(eq=False)
class ScopeMissing(LedgerError):
    """A credential that is good, and not for this."""

    scopes: tuple[str, ...]
    """Each of them would do."""

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        if not self.scopes:
            return "Nobody may do this: it has no row in the rights table."
        return f"This needs the scope {' or '.join(self.scopes)}. Send a credential that has it."


@dataclass(eq=False)
class BeyondLimits(LedgerError):
    """An announcement beyond the catalogs or providers that its sender's scope is limited to."""

    catalog: str
    providers: tuple[str, ...]
    """Who provides the model: as the ledger says, and as the listing does."""

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        of = f"a model of {', '.join(map(shown, self.providers))}" if self.providers else "a model whose provider is not stated"
        return f"The scope announce of this credential does not reach {of} in the catalog {shown(self.catalog)}. Send one that does."


@dataclass(eq=False)
class KeyNameTaken(LedgerError):
    """A name that a key has or had."""

    name: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"There is or was a key {shown(self.name)}, and entries of the ledger may bear its name. Choose another name."


@dataclass(eq=False)
class NoSuchKey(LedgerError):
    """No key of that name."""

    name: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"There is no key {shown(self.name)}. `lifecycle keys list` shows those that there are."


@dataclass(eq=False)
class ExpiryInvalid(LedgerError):
    """A text that does not say until when a key is good."""

    text: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"{shown(self.text)} does not say until when the key is good. Write it like 90d, 12h, 2027-01-31 or never; it lies ahead."


@dataclass(eq=False)
class AccessFileFault(LedgerError):
    """The file of the keys could not do what it was asked."""

    path: str
    reason: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"The file of the keys {self.path} cannot be used: {self.reason}. Check the path, the permissions and the disk."


@dataclass(eq=False)
class AddressOpen(LedgerError):
    """A service without credentials was to listen beyond this machine."""

    host: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return (
            f"The service does not listen at {shown(self.host)}: whoever reaches that address could read and write, for no credentials are "
            "set up. Make a key with `lifecycle keys create NAME --scope read`, or set LIFECYCLE_OIDC_ISSUER and LIFECYCLE_OIDC_AUDIENCE; "
            "or listen at 127.0.0.1."
        )


@dataclass(eq=False)
class SessionKeyInvalid(LedgerError):
    """The file of the key of sessions could not do what it was asked."""

    path: str
    reason: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return (
            f"The key of the sessions {self.path} cannot be used: {self.reason}. Put it right, or delete it: everybody then signs in anew."
        )
