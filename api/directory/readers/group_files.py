"""Group files: a table with `group, member`, a JSON object of lists, or the list that `az ad group member list` prints for one group."""

from collections.abc import Iterator

from api.directory.readers.csv_table import Columns, Row, Table
from api.directory.readers.fields import Fields, fields_of, text
from api.directory.readers.found import Unreadable
from api.directory.readers.groups import Groups, Membership, collected
from api.directory.readers.json_stream import Element, JsonStream, elements
from api.directory.readers.principals import principal, principal_kind
from api.directory.readers.source_file import Source, SourceFile
from api.importers.readers.errors import DocumentOfOtherKind
from domain.directory.events import PrincipalKind
from domain.errors import InvalidName

MEMBERS = Columns(
    needed=("group", "member"),
    optional=("name", "address", "member_type"),
    synonyms={
        "group id": "group",
        "group name": "group",
        "member id": "member",
        "display name": "name",
        "email": "address",
        "e-mail": "address",
        "mail": "address",
        "user principal name": "address",
        "upn": "address",
        "principal type": "member_type",
        "kind": "member_type",
    },
)
_LIST_ADVICE = "It has the members of one group: say of which one."


def read_groups(source: Source, *, name: str | None = None) -> Groups:
    """Read a file of groups: CSV, or JSON like `{"<group id or name>": [{"id": ..., "displayName": ..., "mail": ...}]}`.

    Raises:
        DirectoryFileError: it is broken, or no table of groups.
        DocumentError: it cannot be opened, is empty, too large, of another kind, or not UTF-8.
    """
    file = SourceFile.of(source, name)
    if not file.is_json:
        table = Table.opened(file)
        rows = table.rows(table.columns(MEMBERS))
        return collected((), (row if isinstance(row, Unreadable) else _table_row(row) for row in rows))
    if file.head.startswith(b"["):
        raise DocumentOfOtherKind(file.name, "a list of members, without the group that they are in", _LIST_ADVICE)
    groups: list[str] = []
    return collected(groups, _object(file, groups))


def read_group_members(source: Source, group: str, *, name: str | None = None) -> Groups:
    """Read the members of one group, as `az ad group member list -o json` prints them.

    Args:
        source: The file.
        group: The group's id or name.
        name: How the file is called in errors.

    Raises:
        DirectoryFileError: it is broken.
        DocumentError: it cannot be opened, is empty, too large, or no JSON list.
    """
    file = SourceFile.of(source, name)
    if not file.head.startswith(b"[") or not file.is_json:
        raise DocumentOfOtherKind(file.name, "no JSON list of members", "Take what `az ad group member list --group GROUP -o json` prints.")
    return collected((group,), _list(file, group))


def _list(file: SourceFile, group: str) -> Iterator[Membership | Unreadable]:
    with file.text_stream() as source:
        stream = JsonStream(file.name, source)
        for element in elements(stream):
            yield _member(group, element)
        stream.end()


def _object(file: SourceFile, groups: list[str]) -> Iterator[Membership | Unreadable]:
    with file.text_stream() as source:
        stream = JsonStream(file.name, source)
        stream.take("{", "where the groups should begin")
        while not stream.took("}"):
            if groups:
                stream.take(",", "between two groups, or the file breaks off")
            group = stream.value()
            if not isinstance(group, str):
                raise stream.broken("no group is named")
            stream.take(":", "behind the name of a group")
            groups.append(group)
            for element in elements(stream):
                yield _member(group, element)
        stream.end()


def _member(group: str, element: Element) -> Membership | Unreadable:
    fields = fields_of(element.value)
    if fields is None:
        return Unreadable(element.line, element.reason("it is no object"))
    kind = _kind(fields)
    address = text(fields, "mail") or text(fields, "userprincipalname") if kind in {None, PrincipalKind.USER} else None
    try:
        member = principal(text(fields, "id") or text(fields, "objectid") or "", kind or PrincipalKind.USER, _name(fields), address)
    except InvalidName as problem:
        return Unreadable(element.line, element.reason(f"its {problem.what} cannot be used: {problem.reason}"))
    return Membership(group, member, typed=kind is not None)


def _kind(fields: Fields) -> PrincipalKind | None:
    stated = text(fields, "@odata.type") or text(fields, "objecttype") or text(fields, "principaltype") or ""
    if kind := principal_kind(stated.rpartition(".")[2]):
        return kind
    return PrincipalKind.SERVICE_PRINCIPAL if "serviceprincipaltype" in fields else None


def _name(fields: Fields) -> str | None:
    return text(fields, "displayname")


def _table_row(row: Row) -> Membership | Unreadable:
    kind = principal_kind(row["member_type"])
    if row["member_type"] and kind is None:
        return Unreadable(row.line, "its member_type is none of user, group, service_principal")
    if not row["group"]:
        return Unreadable(row.line, "it names no group")
    try:
        member = principal(row["member"], kind or PrincipalKind.USER, row["name"], row["address"])
    except InvalidName as problem:
        return Unreadable(row.line, f"its {problem.what} cannot be used: {problem.reason}")
    return Membership(row["group"], member, typed=kind is not None)
