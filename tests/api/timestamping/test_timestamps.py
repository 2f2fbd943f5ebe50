"""Timestamps: what an authority signed of this very note is kept, and nothing else, however it answers."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from cryptography.x509.oid import ExtendedKeyUsageOID

from api.timestamping.asking import roots_of, stamp
from api.timestamping.errors import AuthorityFailed, AuthorityUnusable
from api.timestamping.settings import CA_FILE_VARIABLE, URL_VARIABLE, TimestampSettings, timestamp_settings
from api.timestamping.stamping import stamp_checkpoint
from domain.clock import system_clock
from domain.proof.evidence import KeptCheckpoint
from domain.proof.notary import Notary
from domain.proof.signing import Keyring
from domain.proof.stream_heads import StreamHeads
from domain.proof.timestamps import TOKEN_BYTES_MAX, TimestampInvalid, TimestampsNotInstalled, checked, granted, request_for
from domain.store.sqlite import SqliteStore
from domain.store.sqlite_timestamps import keep_timestamp, timestamps_of
from tests.api.timestamping.authority import Authority, authority_of_all, serving, signer_of, with_body
from tests.domain.store.contract_suite import once

NOTE = b"lifecycle-ledger/0123\n7\nroot\n"
SECONDS = 1.0


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    root = authority_of_all()
    return Authority(tmp_path_factory.mktemp("authority"), signer_of(root), root)


@pytest.fixture(scope="module")
def roots(authority: Authority) -> list[Certificate]:
    return [authority.root.certificate]


@pytest.fixture(scope="module")
def token(authority: Authority) -> bytes:
    """One over the note."""
    with serving(with_body(authority.reply)) as port:
        return stamp(NOTE, authority.settings(port))


def test_a_token_says_by_when_a_note_was_there(authority: Authority, roots: list[Certificate]) -> None:
    before = system_clock().replace(microsecond=0)
    with serving(with_body(authority.reply)) as port:
        found = checked(stamp(NOTE, authority.settings(port)), NOTE, roots)
    assert before <= found.at <= system_clock()
    assert found.authority == "CN=Test Authority"


def test_a_token_is_one_to_openssl_too(authority: Authority, token: bytes) -> None:
    (authority.folder / "kept").write_bytes(token)
    (authority.folder / "note").write_bytes(NOTE)
    authority.openssl("ts", "-verify", "-in", "kept", "-token_in", "-data", "note", "-CAfile", "root.pem")
    (authority.folder / "note").write_bytes(NOTE + b".")
    with pytest.raises(subprocess.CalledProcessError):
        authority.openssl("ts", "-verify", "-in", "kept", "-token_in", "-data", "note", "-CAfile", "root.pem")


def test_only_the_hash_of_the_note_is_sent(authority: Authority) -> None:
    with serving(with_body(authority.reply)) as port:
        stamp(NOTE, authority.settings(port))
        stamp(NOTE, authority.settings(port))
    first, second = authority.queries[-2:]
    assert NOTE not in first
    assert first != second, "each asks by a number of its own"


def test_a_token_of_another_note_is_refused(token: bytes, roots: list[Certificate]) -> None:
    with pytest.raises(TimestampInvalid, match="of another note"):
        checked(token, NOTE + b".", roots)


def test_another_authority_is_not_trusted(token: bytes) -> None:
    for name, reason in (("Other", "none of the certificates that are trusted"), ("Root", "not good")):
        with pytest.raises(TimestampInvalid, match=reason):
            checked(token, NOTE, [authority_of_all(name).certificate])
    with pytest.raises(TimestampInvalid, match="no authority to trust"):
        checked(token, NOTE, [])


def test_no_byte_of_a_token_that_says_something_can_be_another(token: bytes, roots: list[Certificate]) -> None:
    said = checked(token, NOTE, roots)
    for place in range(len(token)):
        changed = token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :]
        with suppress(TimestampInvalid):
            assert checked(changed, NOTE, roots) == said, "what is not signed says nothing"


@pytest.mark.parametrize("garbage", [b"", b"\0", b"\x30", b"\x30\x80" * 1000, b"<html>", b"\x30" * 5000, bytes(TOKEN_BYTES_MAX + 1)])
def test_garbage_is_no_token_and_no_answer(roots: list[Certificate], garbage: bytes) -> None:
    with pytest.raises(TimestampInvalid):
        checked(garbage, NOTE, roots)
    with pytest.raises(TimestampInvalid):
        granted(garbage, request_for(NOTE), NOTE, roots)


@pytest.mark.parametrize(("days", "reason"), [((-300, -200), "had ended"), ((200, 300), "had not begun")])
def test_a_certificate_has_to_be_valid_when_it_signs(authority: Authority, tmp_path: Path, days: tuple[int, int], reason: str) -> None:
    other = Authority(tmp_path, signer_of(authority.root, days=days), authority.root)
    with serving(with_body(other.reply)) as port, pytest.raises(TimestampInvalid, match=reason):
        stamp(NOTE, other.settings(port))


def test_a_certificate_has_to_be_for_timestamps(authority: Authority, token: bytes, roots: list[Certificate]) -> None:
    again = authority.resigned(token, signer_of(authority.root))
    assert checked(again, NOTE, roots).authority == "CN=Test Authority"
    for usage in (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE):
        with pytest.raises(TimestampInvalid, match="not for timestamps"):
            checked(authority.resigned(token, signer_of(authority.root, usage=usage)), NOTE, roots)


def test_an_authority_of_another_root_is_refused(authority: Authority, tmp_path: Path) -> None:
    root = authority_of_all("Other")
    other = Authority(tmp_path, signer_of(root), root)
    with serving(with_body(other.reply)) as port, pytest.raises(TimestampInvalid, match="none of the certificates"):
        stamp(NOTE, authority.settings(port))


def test_an_answer_to_another_request_is_refused(authority: Authority) -> None:
    earlier = authority.reply(request_for(NOTE).as_bytes())
    with serving(with_body(lambda _: earlier)) as port, pytest.raises(TimestampInvalid, match="another request"):
        stamp(NOTE, authority.settings(port))


def test_an_answer_over_another_note_is_refused(authority: Authority) -> None:
    other = request_for(b"another note")
    with pytest.raises(TimestampInvalid, match="of another note"):
        granted(authority.reply(other.as_bytes()), other, NOTE, [authority.root.certificate])


def test_a_request_that_is_rejected_has_no_token(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path, authority.signer, authority.root, digests="sha512")
    with serving(with_body(other.reply)) as port, pytest.raises(TimestampInvalid):
        stamp(NOTE, other.settings(port))


def _endless(handler: BaseHTTPRequestHandler, query: bytes) -> None:
    del query
    handler.send_response(200)
    handler.send_header("Content-Length", str(100_000_000))
    handler.end_headers()
    with suppress(OSError):  # The other side has had enough.
        for _ in range(100):
            handler.wfile.write(bytes(1_000_000))


def _cut(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"\x30\x82")


def _nothing(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


ANSWERS = {
    "100 MB": (_endless, "too long"),
    "an answer that is cut off": (_cut, "broke off"),
    "no answer": (_nothing, "broke off"),
    "a failure": (with_body(lambda _: b"", status=500), "status 500"),
    "a redirect": (with_body(lambda _: b"", status=302, headers=[("Location", "http://127.0.0.1:1/")]), "status 302"),
}


@pytest.mark.parametrize(("answer", "reason"), ANSWERS.values(), ids=ANSWERS.keys())
def test_an_authority_that_does_not_answer_well_is_told(
    authority: Authority, answer: Callable[[BaseHTTPRequestHandler, bytes], None], reason: str
) -> None:
    with serving(answer) as port, pytest.raises(AuthorityFailed, match=reason):
        stamp(NOTE, authority.settings(port))


@pytest.mark.parametrize("begun", [False, True], ids=["silent", "a byte at a time"])
def test_a_slow_authority_is_given_up(authority: Authority, *, begun: bool) -> None:
    ended = Event()

    def answer(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" if begun else b"")
        with suppress(OSError):
            while not ended.wait(0.05):
                handler.wfile.write(b"X: y\r\n" if begun else b"")

    before = monotonic()
    with serving(answer) as port:
        with pytest.raises(AuthorityFailed, match="within 1 seconds"):
            stamp(NOTE, authority.settings(port), seconds=SECONDS)
        ended.set()
    assert monotonic() - before < 10 * SECONDS


def test_an_authority_that_is_not_there_is_told(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(AuthorityFailed, match=r"authority 127\.0\.0\.1 gave no timestamp: it cannot be reached"):
        stamp(NOTE, authority.settings(port))


def test_settings_that_cannot_be_right_are_told(authority: Authority, tmp_path: Path) -> None:
    good = authority.settings(1)
    for url in ("ftp://127.0.0.1/", "nothing", "http://", "http://a:b/"):
        with pytest.raises(AuthorityUnusable, match=URL_VARIABLE):
            stamp(NOTE, TimestampSettings(url, good.ca_file))
    (tmp_path / "empty.pem").write_bytes(b"")
    for file in (tmp_path / "none.pem", tmp_path, tmp_path / "empty.pem"):
        with pytest.raises(AuthorityUnusable, match=CA_FILE_VARIABLE):
            stamp(NOTE, TimestampSettings(good.url, file))


def test_secrets_in_an_address_are_not_told(authority: Authority) -> None:
    with serving(with_body(lambda _: b"", status=401)) as port, pytest.raises(AuthorityFailed) as failed:
        stamp(NOTE, TimestampSettings(f"http://user:secret@127.0.0.1:{port}/token", authority.settings(1).ca_file))
    assert "secret" not in failed.value.sentence


def test_the_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    assert timestamp_settings() is None
    monkeypatch.setenv(URL_VARIABLE, "http://tsa.example/tsr")
    monkeypatch.setenv(CA_FILE_VARIABLE, "/ca.pem")
    assert timestamp_settings() == TimestampSettings("http://tsa.example/tsr", Path("/ca.pem"))


def test_without_what_reads_timestamps_that_is_said(monkeypatch: pytest.MonkeyPatch, authority: Authority, token: bytes) -> None:
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    for ask in (lambda: checked(token, NOTE, []), lambda: stamp(NOTE, authority.settings(1))):
        with pytest.raises(TimestampsNotInstalled, match=r"lifecycle-ledger\[timestamp\]"):
            ask()


def test_several_certificates_may_be_trusted(authority: Authority, tmp_path: Path, token: bytes) -> None:
    file = tmp_path / "both.pem"
    file.write_bytes(b"".join(each.certificate.public_bytes(Encoding.PEM) for each in (authority_of_all("Other"), authority.root)))
    assert checked(token, NOTE, roots_of(TimestampSettings("", file)))


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[tuple[Path, KeptCheckpoint]]:
    """A ledger with a checkpoint."""
    path = tmp_path / "ledger.db"
    with closing(SqliteStore(path)) as store:
        store.transact("a", once("a"))
        yield path, Notary(store.evidence, Keyring.in_memory(), system_clock, StreamHeads()).checkpoint()


def test_a_checkpoint_is_stamped_once(authority: Authority, kept: tuple[Path, KeptCheckpoint]) -> None:
    path, checkpoint = kept
    with serving(with_body(authority.reply)) as port:
        first = stamp_checkpoint(path, checkpoint, authority.settings(port))
        assert stamp_checkpoint(path, checkpoint, authority.settings(port)) == first
    (token,) = timestamps_of(path, checkpoint.number)
    assert checked(token, checkpoint.note.encode(), [authority.root.certificate]) == first


def test_a_checkpoint_stands_without_an_authority_and_is_stamped_later(authority: Authority, kept: tuple[Path, KeptCheckpoint]) -> None:
    path, checkpoint = kept
    with serving(with_body(lambda _: b"", status=503)) as port, pytest.raises(AuthorityFailed):
        stamp_checkpoint(path, checkpoint, authority.settings(port))
    assert timestamps_of(path, checkpoint.number) == []
    keep_timestamp(path, checkpoint.number, b"what nobody trusts")
    with serving(with_body(authority.reply)) as port:
        stamp_checkpoint(path, checkpoint, authority.settings(port))
    assert len(timestamps_of(path, checkpoint.number)) == 2
