"""The front of the readers: any listing in, what it lists and what was found in it out."""

from collections.abc import Iterator

from api.directory.readers.az_deployments import read_deployments
from api.directory.readers.az_roles import RoleAssignments
from api.directory.readers.csv_listings import read_csv_listing
from api.directory.readers.csv_table import Table
from api.directory.readers.errors import ListingEmpty, ListingOfOtherKind
from api.directory.readers.found import Found, Listing, ListingKind
from api.directory.readers.json_stream import JsonStream, elements
from api.directory.readers.signatures import check_text, kind_of_element, look_of_object
from api.directory.readers.source_file import Source, SourceFile
from domain.directory.names import subscription_id


def read_directory(source: Source, *, subscription: str | None = None, kind: ListingKind | None = None, name: str | None = None) -> Listing:
    """Read a listing of role assignments or deployments: JSON as the cloud's command line prints it, or CSV.

    Which of them it is, its content tells; rows are read as they are asked for.

    Args:
        source: A path, or the bytes of a file.
        subscription: The one that was listed: inherited assignments do not name it.
        kind: What is expected. An empty list does not say what it lists.
        name: How the file is called in errors.

    Raises:
        InvalidName: `subscription` is no subscription's id.
        DirectoryFileError: it is broken, empty without a kind, or lists something else than expected.
        DocumentError: it cannot be opened, is empty, too large, of another kind, or not UTF-8.
    """
    listed = None if subscription is None else subscription_id(subscription)
    file = SourceFile.of(source, name)
    if file.is_json:
        told = _json_kind(file, kind)
        listing = Listing(told, _json(file, told, listed))
    else:
        check_text(file)
        listing = Listing(*read_csv_listing(Table.opened(file)))
    if kind not in {None, listing.kind}:
        raise ListingOfOtherKind(file.name, listing.kind.value, kind.value if kind else "")
    return listing


def _json_kind(file: SourceFile, expected: ListingKind | None) -> ListingKind:
    with file.text_stream() as source:
        stream = JsonStream(file.name, source)
        if stream.mark() == "{":
            raise look_of_object(stream)
        first = next(elements(stream), None)
        if first is not None:
            return kind_of_element(file.name, first.value)
        stream.end()
        if expected is None:
            raise ListingEmpty(file.name)
        return expected


def _json(file: SourceFile, kind: ListingKind, subscription: str | None) -> Iterator[Found]:
    with file.text_stream() as source:
        stream = JsonStream(file.name, source)
        if kind is ListingKind.ROLES:
            yield from RoleAssignments(subscription).read(elements(stream))
        else:
            yield from read_deployments(elements(stream), subscription)
        stream.end()
