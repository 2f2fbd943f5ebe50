"""The files of a directory import, as the command line names them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from api.directory.gathering import Gathered, gathered
from api.directory.readers.found import Listing, ListingKind
from api.directory.readers.group_files import read_group_members, read_groups
from api.directory.readers.groups import Groups
from api.directory.readers.read import read_directory
from domain.directory.names import subscription_id
from domain.errors import InvalidName


def gather(files: Sequence[Path], subscriptions: Sequence[str], group_files: Sequence[str], kind: str | None) -> Gathered:
    """Read listings and group files; one that has the members of a single group is given as `GROUP=FILE`.

    Raises:
        LedgerError: a file cannot be read, or lists something else.
    """
    expected = _kind(kind)
    named = [subscription_id(subscription) for subscription in subscriptions]
    groups = Groups()
    for text in group_files:
        groups |= _groups(text)
    listed = named[0] if len(named) == 1 else None

    def listings() -> Iterator[tuple[str, Listing]]:
        for file in files:
            yield str(file), read_directory(file, subscription=listed, kind=expected)

    found = gathered(listings(), groups, listed)
    for subscription in named:
        for each in found.kinds:
            found.cover(subscription, each)
    return found


def _groups(text: str) -> Groups:
    group, equals, file = text.rpartition("=")
    if not equals or Path(text).exists():
        return read_groups(text)
    return read_group_members(file, group)


def _kind(text: str | None) -> ListingKind | None:
    if text is None:
        return None
    try:
        return ListingKind(text)
    except ValueError:
        raise InvalidName("kind", text, "it is roles or deployments") from None
