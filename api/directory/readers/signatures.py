"""What a file looks like that is no listing, and what to do instead. Nothing that it holds is shown."""

import re

from api.directory.readers.az_deployments import is_deployment
from api.directory.readers.az_roles import is_role_assignment
from api.directory.readers.fields import Fields, fields_of
from api.directory.readers.found import ListingKind
from api.directory.readers.json_stream import JsonStream
from api.directory.readers.source_file import SourceFile
from api.importers.readers.errors import DocumentOfOtherKind

_ROLES = "Take what `az role assignment list --all --include-inherited -o json` prints."
_DEPLOYMENTS = "Take what `az cognitiveservices account deployment list -o json` prints for each account."
_TABLE = re.compile(rb"[^\n]*\n *-{3,}(?: +-{3,})* *\r?(?:\n|\Z)")
_TEXTS = (
    (re.compile(rb"(?:ERROR|WARNING): "), "a message of the command line", "See what it says, and print the listing again."),
    (_TABLE, "a table for people to read", "Print it as JSON, with `-o json`."),
    (re.compile(rb"---|- [^,;\t\n]+: "), "YAML", "Print it as JSON, with `-o json`."),
)


def check_text(file: SourceFile) -> None:
    """Look at the beginning of a file that is no JSON.

    Raises:
        DocumentOfOtherKind: it is something else that the cloud's command line prints.
    """
    for pattern, looks_like, advice in _TEXTS:
        if pattern.match(file.head):
            raise DocumentOfOtherKind(file.name, looks_like, advice)


def kind_of_element(name: str, first: object) -> ListingKind:
    """Tell by its first element what a list is of.

    Raises:
        DocumentOfOtherKind: it is neither of role assignments nor of deployments.
    """
    fields = fields_of(first)
    if fields is None:
        raise DocumentOfOtherKind(name, "a JSON list of something else", _ROLES)
    if is_role_assignment(fields):
        return ListingKind.ROLES
    if is_deployment(fields):
        return ListingKind.DEPLOYMENTS
    raise DocumentOfOtherKind(name, *_other_list(fields))


def look_of_object(stream: JsonStream) -> DocumentOfOtherKind:
    """Say what a JSON object is, where a list should be: its first member tells."""
    stream.take("{", "where an object should begin")
    member = "" if stream.mark() == "}" else stream.value()
    is_list = stream.took(":") and stream.mark() == "["
    if member == "error":
        return DocumentOfOtherKind(stream.name, "an error that the service answered", "Sign in, and print the listing again.")
    if member == "value" and is_list:
        advice = "Take the list out of it, as `jq .value IN > OUT` does."
        return DocumentOfOtherKind(stream.name, "an answer of the service with a list inside", advice)
    if is_list:
        advice = "Hand it over as groups, beside a listing of role assignments."
        return DocumentOfOtherKind(stream.name, "a file of groups and their members", advice)
    advice = "Make a list of them, as `jq -s . IN > OUT` does."
    return DocumentOfOtherKind(stream.name, "JSON objects without a list around them", advice)


def _other_list(fields: Fields) -> tuple[str, str]:
    if "userprincipalname" in fields or "@odata.type" in fields:
        return "a list of people, without their roles", _ROLES
    if {"tenantid", "state", "isdefault"} <= fields.keys():
        return "a list of subscriptions", _ROLES
    if str(fields.get("type", "")).lower() == "microsoft.cognitiveservices/accounts":
        return "a list of accounts, without their deployments", _DEPLOYMENTS
    if "rolename" in fields:
        return "a list of role definitions", _ROLES
    return "a JSON list of something else", f"For roles: {_ROLES} For deployments: {_DEPLOYMENTS}"
