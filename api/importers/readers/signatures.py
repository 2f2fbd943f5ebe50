"""What a document looks like that is no text at all."""

from api.importers.readers.errors import DocumentOfOtherKind

_SAVE_TEXT = "Save it as CSV, or copy its table into a Markdown file."
_KINDS = (
    (b"\xff\xfe\x00\x00", "UTF-32 text", "Convert it, for example with: iconv -f UTF-32 -t UTF-8 IN > OUT"),
    (b"\x00\x00\xfe\xff", "UTF-32 text", "Convert it, for example with: iconv -f UTF-32 -t UTF-8 IN > OUT"),
    (b"\xff\xfe", "UTF-16 text", "Convert it, for example with: iconv -f UTF-16 -t UTF-8 IN > OUT"),
    (b"\xfe\xff", "UTF-16 text", "Convert it, for example with: iconv -f UTF-16 -t UTF-8 IN > OUT"),
    (b"%PDF", "a PDF", _SAVE_TEXT),
    (b"PK\x03\x04", "a zip archive or an office document", f"Unpack it, or: {_SAVE_TEXT}"),
    (b"\xd0\xcf\x11\xe0", "an office document", _SAVE_TEXT),
    (b"{\\rtf", "a rich text document", _SAVE_TEXT),
    (b"\x1f\x8b", "a gzip file", "Unpack it first, for example with: gunzip"),
    (b"BZh", "a bzip2 file", "Unpack it first, for example with: bunzip2"),
    (b"\xfd7zXZ", "an xz file", "Unpack it first, for example with: unxz"),
    (b"\x28\xb5\x2f\xfd", "a zstd file", "Unpack it first, for example with: unzstd"),
    (b"\x89PNG", "a picture", _SAVE_TEXT),
    (b"\xff\xd8\xff", "a picture", _SAVE_TEXT),
    (b"GIF8", "a picture", _SAVE_TEXT),
    (b"SQLite format 3\x00", "a SQLite database", "Export its table as CSV."),
)
_HTML = (b"<!doctype html", b"<html", b"<head", b"<?xml")
_NULS_OF_UTF16 = 0.3
"""Share of NUL bytes that no 8-bit text reaches, and UTF-16 of mostly Latin letters does."""


def check_kind(name: str, head: bytes) -> None:
    """Look at the first bytes of a document.

    Raises:
        DocumentOfOtherKind: they are not the beginning of a text.
    """
    for mark, kind, advice in _KINDS:
        if head.startswith(mark):
            raise DocumentOfOtherKind(name, kind, advice)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_HTML):
        raise DocumentOfOtherKind(name, "an HTML or XML page", f"Take the page's Markdown source if it has one, or: {_SAVE_TEXT}")
    if start.startswith(b"["):
        rest = start[1:].lstrip()
        if rest.startswith((b"{", b"]")):
            advice = "Write one JSON object a line, for example with: jq -c '.[]' IN > OUT"
            raise DocumentOfOtherKind(name, "a JSON array", advice)
    if head.count(b"\0") > len(head) * _NULS_OF_UTF16:
        raise DocumentOfOtherKind(name, "UTF-16 text or binary data", "Convert it, for example with: iconv -f UTF-16LE -t UTF-8 IN > OUT")
