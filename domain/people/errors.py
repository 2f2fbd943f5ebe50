"""What can go wrong with the people's file and its keys."""

from dataclasses import dataclass

from domain.errors import LedgerError


@dataclass(eq=False)
class PeopleFault(LedgerError):
    """The people's file could not do what it was asked."""

    path: str

    @property
    def sentence(self) -> str:
        raise NotImplementedError


@dataclass(eq=False)
class KeyFileMissing(PeopleFault):
    """There is no key file where one is needed."""

    @property
    def sentence(self) -> str:
        return (
            f"There is no key file at {self.path}. Put the one with which the people's file was made back, "
            "or name it by LIFECYCLE_KEY_FILE."
        )


@dataclass(eq=False)
class KeyFileInvalid(PeopleFault):
    """A key file that holds no key, or cannot be trusted."""

    reason: str

    @property
    def sentence(self) -> str:
        return f"The key file {self.path} cannot be used: {self.reason}."


@dataclass(eq=False)
class WrongKey(PeopleFault):
    """A people's file that was made with another key."""

    @property
    def sentence(self) -> str:
        return f"The people's file {self.path} was made with another key. Name its own key file by LIFECYCLE_KEY_FILE."


@dataclass(eq=False)
class NotPeople(PeopleFault):
    """A file that is something else. It was left as it is."""

    reason: str

    @property
    def sentence(self) -> str:
        return f"{self.path} is no people's file: {self.reason}. Name another file; this one was left as it is."


@dataclass(eq=False)
class PeopleUnreachable(PeopleFault):
    """The file cannot be opened or made."""

    reason: str

    @property
    def sentence(self) -> str:
        return f"The people's file {self.path} cannot be opened: {self.reason}. Check the path and the permissions."


@dataclass(eq=False)
class PeopleLocked(PeopleFault):
    """Another process held the file for too long."""

    @property
    def sentence(self) -> str:
        return f"The people's file {self.path} is locked by another process. Try again, or find and end the one that holds it."


@dataclass(eq=False)
class PeopleFailed(PeopleFault):
    """The database failed in a way that has no name here."""

    reason: str

    @property
    def sentence(self) -> str:
        return f"The people's file {self.path} failed: {self.reason}. Check the disk and the permissions, then try again."


@dataclass(eq=False)
class CardDamaged(PeopleFault):
    """What is kept of a person or a webhook cannot be opened."""

    person: str
    """An opaque id."""

    @property
    def sentence(self) -> str:
        return f"What {self.path} keeps of {self.person} was changed, and cannot be opened. Restore the file from a copy."


@dataclass(eq=False)
class AddressShared(PeopleFault):
    """Several people have the address by which one of them was looked for."""

    @property
    def sentence(self) -> str:
        return f"Several people in {self.path} have this address. Name the one that is meant by the directory id."
