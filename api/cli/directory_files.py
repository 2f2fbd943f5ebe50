"""The files of a directory import, as the command line names them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from api.directory.gathering import Gathered, gathered
from api.directory.readers.found import Listing, ListingKind
from api.directory.readers.group_files import read_groups
from api.directory.readers.groups import Groups
from api.directory.readers.read import read_directory
from domain.directory.names import subscription_id
from domain.errors import InvalidName


def gather(files: Sequence[Path], subscriptions: Sequence[str], group_files: Sequence[Path], kind: str | None) -> Gathered:
    """Read listings and group files.

    Raises:
        LedgerError: a file cannot be read, or lists something else.
    """
    expected = _kind(kind)
    named = [subscription_id(subscription) for subscription in subscriptions]
    groups = Groups()
    for file in group_files:
        groups |= read_groups(file)

    def listings() -> Iterator[tuple[str, Listing]]:
        for file in files:
            listed = named[0] if len(named) == 1 else None
            yield str(file), read_directory(file, subscription=listed, kind=expected)

    found = gathered(listings(), groups)
    for subscription in named:
        for each in found.kinds:
            found.cover(subscription, each)
    return found


def _kind(text: str | None) -> ListingKind | None:
    if text is None:
        return None
    try:
        return ListingKind(text)
    except ValueError:
        raise InvalidName("kind", text, "it is roles or deployments") from None
