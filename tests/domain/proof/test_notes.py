"""Signed notes and checkpoints: what others can read, and what is refused."""

from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.proof.checkpoint import Checkpoint, TreeHead
from domain.proof.notes import Note, NoteInvalid, SigningKey, VerifyingKey, signed

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = SigningKey("ledger.example/log", PRIVATE)
OTHER = SigningKey("ledger.example/log", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
TEXT = "ledger.example/log\n5\nabc\n"
CHECKPOINT = Checkpoint(
    "ledger.example/log",
    TreeHead(12, bytes(32)),
    TreeHead(7, bytes([1] * 32)),
    TreeHead(3, bytes([2] * 32)),
    datetime(2026, 11, 23, 9, 0, 0, 5, UTC),
    (KEY.verifying, OTHER.verifying),
)


def test_a_note_is_vouched_for_by_each_key_that_signed_it() -> None:
    note = signed(TEXT, [KEY, OTHER])
    read = Note.read(str(note))
    assert read == note
    assert KEY.verifying.vouches(read)
    assert OTHER.verifying.vouches(read)
    assert not OTHER.verifying.vouches(signed(TEXT, [KEY]))


def test_a_key_of_another_log_is_read() -> None:
    """That of a public log in wide use."""
    key = VerifyingKey.read("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")
    assert (key.name, key.hash.hex()) == ("sum.golang.org", "033de0ae")


def test_another_text_or_signature_is_not_vouched_for() -> None:
    note = signed(TEXT, [KEY])
    (signature,) = note.signatures
    assert not KEY.verifying.vouches(replace(note, text=f"{TEXT}more\n"))
    for forged in (signature.bytes[:-1], signature.bytes + b"\0", bytes(64), b"x"):
        assert not KEY.verifying.vouches(replace(note, signatures=(replace(signature, bytes=forged),)))
    assert not KEY.verifying.vouches(replace(note, signatures=(replace(signature, name="another"),)))
    assert not KEY.verifying.vouches(replace(note, signatures=()))


def test_a_key_is_read_as_it_was_written() -> None:
    text = str(KEY.verifying)
    assert VerifyingKey.read(text) == KEY.verifying
    name, hashed, encoded = text.split("+", 2)
    short = b64encode(b64decode(encoded)[:-1]).decode()
    for wrong in (
        "",
        name,
        f"{name}+{hashed}",
        f"{name}+00000000+{encoded}",
        f"x{text}",
        f"{name}+{hashed}+{short}",
        f"{text}=",
        f" {text}",
    ):
        with pytest.raises(NoteInvalid):
            VerifyingKey.read(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\nno signature\n",
        "text\n\n\N{EM DASH} name\n",
        "text\n\n\N{EM DASH} name AAAA\n",
        "text\n\n\N{EM DASH} name not/base64!\n",
        "text\n\n\N{EM DASH} na+me AAAAAAAA\n",
        "text\n\n\N{EM DASH} name AAAAAAAA",
        "te\0xt\n\n\N{EM DASH} name AAAAAAAA\n",
        "te\rxt\n\n\N{EM DASH} name AAAAAAAA\n",
    ],
)
def test_what_is_no_note_is_refused(wrong: str) -> None:
    with pytest.raises(NoteInvalid):
        Note.read(wrong)


def test_a_key_that_signs_shows_nothing_of_itself() -> None:
    assert PRIVATE.private_bytes_raw().hex() not in repr(KEY)
    assert repr(KEY) == "SigningKey('ledger.example/log')"


def test_a_checkpoint_is_read_as_it_was_written() -> None:
    lines = str(CHECKPOINT).splitlines()
    assert lines[:3] == ["ledger.example/log", "12", b64encode(bytes(32)).decode()]
    assert lines[5] == "time 2026-11-23T09:00:00.000005Z"
    assert Checkpoint.read(str(CHECKPOINT)) == CHECKPOINT


def test_a_checkpoint_with_another_line_is_refused() -> None:
    lines = str(CHECKPOINT).splitlines()
    wrong = [
        lines[:6],
        [*lines[:-1], ""],
        [*lines[:1], "012", *lines[2:]],
        [*lines[:1], "-1", *lines[2:]],
        [*lines[:1], "9" * 30, *lines[2:]],
        [*lines[:2], "AAAA", *lines[3:]],
        [*lines[:2], lines[2][:-1], *lines[3:]],
        [*lines[:3], lines[4], lines[3], *lines[5:]],
        [*lines[:5], "time 2026-11-23", *lines[6:]],
        [*lines[:5], "time 2026-02-30T09:00:00Z", *lines[6:]],
        [*lines[:6], "key nonsense"],
        [*lines, "more"],
    ]
    for each in wrong:
        with pytest.raises(NoteInvalid):
            Checkpoint.read("".join(f"{line}\n" for line in each))
