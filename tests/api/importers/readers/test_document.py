"""Opening documents: what is checked before a row is read."""

import hashlib
import os
import threading
from pathlib import Path

import pytest

from api.importers.readers import document as documents
from api.importers.readers import errors
from api.importers.readers.document import Format, open_document, read_pipe
from api.importers.readers.read import read
from tests.api.importers.readers.documents import table

ONE = table("Model | Retirement date", "gpt-4 | June 6, 2025").encode()


def test_a_document_knows_its_digest_and_size() -> None:
    content = b"\xef\xbb\xbf" + ONE
    document = open_document(content)
    assert (document.sha256, document.size) == (hashlib.sha256(content).hexdigest(), len(content))


@pytest.mark.parametrize(
    ("ending", "form"),
    [
        (".md", Format.MARKDOWN),
        (".markdown", Format.MARKDOWN),
        (".MD", Format.MARKDOWN),
        (".csv", Format.CSV),
        (".jsonl", Format.JSON_LINES),
        (".ndjson", Format.JSON_LINES),
    ],
)
def test_the_ending_tells_the_format(tmp_path: Path, ending: str, form: Format) -> None:
    path = tmp_path / f"page{ending}"
    path.write_bytes(ONE)
    assert open_document(path).format is form
    assert open_document(path, form=Format.CSV).format is Format.CSV


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('{"model": "a"}', Format.JSON_LINES),
        ("\n\n# Title", Format.MARKDOWN),
        ("| Model | Retired |", Format.MARKDOWN),
        ("Model | Retired", Format.MARKDOWN),
        ("---\ntitle: a, b\n---", Format.MARKDOWN),
        ("Some words", Format.MARKDOWN),
        ("Model,Retired", Format.CSV),
        ("\N{ZERO WIDTH NO-BREAK SPACE}Model;Retired", Format.CSV),
        ("Model\tRetired", Format.CSV),
    ],
)
def test_without_an_ending_the_first_line_tells_the_format(tmp_path: Path, text: str, form: Format) -> None:
    path = tmp_path / "page.txt"
    path.write_text(text, encoding="utf-8")
    assert open_document(path).format is form
    assert open_document(text.encode()).format is form


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("Model".encode("utf-16"), "UTF-16"),
        ("Model,Retired\n".encode("utf-16-le"), "UTF-16"),
        ("Model".encode("utf-32"), "UTF-32"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04....", "zip archive or an office document"),
        (b"\xd0\xcf\x11\xe0....", "office document"),
        (b"{\\rtf1", "rich text"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\x89PNG\r\n", "picture"),
        (b"SQLite format 3\x00", "SQLite"),
        (b"\n <!DOCTYPE html><html>", "HTML"),
        (b"\xef\xbb\xbf<html>", "HTML"),
        (b"<?xml version='1.0'?>", "XML"),
        (b'[\n {"model": "a"}]', "JSON array"),
    ],
)
def test_a_document_of_another_kind_is_told_apart(content: bytes, kind: str) -> None:
    with pytest.raises(errors.DocumentOfOtherKind, match=kind):
        open_document(content)


def test_bytes_that_are_not_utf_8_are_told_with_line_and_byte() -> None:
    with pytest.raises(errors.NotUtf8, match=r"line 2, byte 4 is 0xE9.*iconv -f") as problem:
        open_document(b"Model,Retired\ncaf\xe9,2025-01-01\n")
    assert (problem.value.line, problem.value.byte) == (2, 4)


def test_a_nul_byte_is_refused() -> None:
    with pytest.raises(errors.NulByte, match="line 2, byte 3"):
        open_document(b"Model,Retired\nab\0c,2025-01-01\n")


@pytest.mark.parametrize("content", [b"", b"\n \n\t\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_an_empty_document_is_refused(content: bytes) -> None:
    with pytest.raises(errors.DocumentEmpty, match="is empty"):
        open_document(content)


def test_sizes_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MARKDOWN_BYTES_MAX", 50)
    monkeypatch.setattr(documents, "STREAM_BYTES_MAX", 100)
    monkeypatch.setattr(documents, "LINE_BYTES_MAX", 60)
    with pytest.raises(errors.DocumentTooLarge, match="Convert it to CSV or JSON lines"):
        open_document(b"# x\n" * 13)
    assert open_document(b"a,b\n" * 13).format is Format.CSV
    with pytest.raises(errors.DocumentTooLarge, match="Split it"):
        open_document(b"a,b\n" * 26)
    with pytest.raises(errors.LineTooLong, match="Line 2 "):
        open_document(b"a,b\n" + b"x" * 61)


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.md", tmp_path / "a\0b.md"):
        with pytest.raises(errors.DocumentNotOpened, match="cannot be opened"):
            open_document(path)


def test_a_file_that_changed_since_the_check_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_bytes(ONE)
    document = open_document(path)
    path.write_bytes(ONE + b"| gpt-5 | 2026-01-01 |\n")
    with pytest.raises(errors.DocumentChanged, match="changed while it was read"):
        read(document)
    path.unlink()
    with pytest.raises(errors.DocumentNotOpened):
        read(document)


def test_what_can_be_read_only_once_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = tmp_path / "page.md"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(ONE,))
    writer.start()
    document = open_document(pipe)
    writer.join(timeout=10)
    assert len(list(read(document))) == len(list(read(document))) == 1
    monkeypatch.setattr(documents, "PIPE_BYTES_MAX", 3)
    with (tmp_path / "file").open("wb+") as stream:
        stream.write(b"1234")
        stream.seek(0)
        with pytest.raises(errors.DocumentTooLarge, match="save it to a file"):
            read_pipe(stream)


def test_every_error_says_what_to_do() -> None:
    examples: list[errors.DocumentError] = [
        errors.DocumentNotOpened("a", "no such file"),
        errors.DocumentChanged("a"),
        errors.DocumentEmpty("a"),
        errors.DocumentTooLarge("a", "csv", 5),
        errors.DocumentOfOtherKind("a", "a PDF", "Save it as CSV."),
        errors.NotUtf8("a", 1, 2, 0xE9),
        errors.NulByte("a", 1, 2),
        errors.LineTooLong("a", 1, 5),
        errors.TableTooLong("a", 1, 5),
        errors.NoTable("a"),
        errors.UnrecognisedTable("a", 1, "It's", "no column names the model", ("Foo",)),
    ]
    assert {type(one) for one in examples} == set(errors.DocumentError.__subclasses__())
    for one in examples:
        assert one.sentence.endswith((".", "OUT")), one.sentence
        assert str(one) == one.sentence
        assert "a" in one.sentence
