"""Notices as files, and as lines on a terminal: what holds an address is for its owner alone."""

import os
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from stat import S_IMODE

import pytest

from api.delivery.console import ConsoleChannel
from api.delivery.files import FileChannel
from api.delivery.mail import mail
from api.delivery.notice import Address, WebhookTarget
from api.delivery.outcome import Sent
from api.delivery.rendering import rendered
from domain.notices.events import Result
from tests.api.delivery.letters import HOSTILE, NOW, SECRET, SENDER, clock, letter, letters, sent_by

ADA = Address("Ada 1", "ada1@example.com")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ledger.notices"


@pytest.fixture
def channel(folder: Path) -> FileChannel:
    return FileChannel(folder, SENDER, clock)


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_each_notice_is_a_file_that_a_mail_program_opens(channel: FileChannel, folder: Path) -> None:
    found = sent_by(channel, letters(3))
    assert found[0] == Sent(letter(1), Result.ACCEPTED, NOW, "file", "written", "8/1.eml")
    assert files_of(folder) == ["8/1.eml", "8/2.eml", "8/3.eml"]
    content = (folder / "8" / "1.eml").read_bytes()
    assert content == mail(letter(1), ADA, rendered(letter(1)), SENDER, NOW)
    assert message_from_bytes(content, policy=default)["To"].addresses[0].addr_spec == "ada1@example.com"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_may_read_them_whatever_the_process_is_set_to(channel: FileChannel, folder: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        sent_by(channel, [letter()])
    finally:
        os.umask(before)
    assert S_IMODE((folder / "8").stat().st_mode) == 0o700
    assert S_IMODE((folder / "8" / "1.eml").stat().st_mode) == 0o600


def test_the_same_notice_takes_the_place_of_the_one_written_before(channel: FileChannel, folder: Path) -> None:
    sent_by(channel, [letter()], [letter(2)])
    again = FileChannel(folder, Address("Another office", "office@ledger.example"), clock)
    sent_by(again, [letter()])
    assert files_of(folder) == ["8/1.eml", "8/2.eml"]
    assert b"Another office" in (folder / "8" / "1.eml").read_bytes()


def test_what_was_left_half_written_is_written_again_for_the_owner_alone(channel: FileChannel, folder: Path) -> None:
    (folder / "8").mkdir(parents=True)
    (folder / "8" / ".1.eml.part").write_bytes(b"x" * 100_000)
    sent_by(channel, [letter()])
    assert files_of(folder) == ["8/1.eml"]
    assert (folder / "8" / "1.eml").read_bytes().endswith(b"--\r\n")


def test_a_notice_is_never_seen_half_written(channel: FileChannel, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent_by(channel, [letter()])
    whole = (folder / "8" / "1.eml").read_bytes()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        sent_by(FileChannel(folder, Address(None, "office@ledger.example"), clock), [letter()])
    assert (folder / "8" / "1.eml").read_bytes() == whole


@pytest.mark.parametrize("in_the_way", ["ledger.notices", "ledger.notices/8"])
def test_a_place_that_cannot_be_written_is_tried_again_later(channel: FileChannel, tmp_path: Path, in_the_way: str) -> None:
    place = tmp_path / in_the_way
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("something else")
    (sent,) = sent_by(channel, [letter()])
    assert (sent.result, sent.code) == (Result.TRANSIENT, "not_written")
    assert "ada1" not in (sent.detail or "")
    assert place.read_text() == "something else"


@pytest.mark.parametrize(
    ("to", "code"),
    [
        (WebhookTarget("whk-1", "https://hooks.example", SECRET), "no_address"),
        (Address("Ada", "ada@example.com\r\nBcc: eve@example.com"), "address_invalid"),
        (Address("Ada", ""), "address_invalid"),
    ],
    ids=["webhook", "hostile", "empty"],
)
def test_who_has_no_address_is_written_no_file(channel: FileChannel, folder: Path, to: Address | WebhookTarget, code: str) -> None:
    (sent,) = sent_by(channel, [letter(to=to)])
    assert (sent.result, sent.code) == (Result.PERMANENT, code)
    assert files_of(folder) == []


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name[:16]))
def test_no_name_of_a_file_tells_who_is_told(channel: FileChannel, folder: Path, name: str) -> None:
    sent_by(channel, [letter(to=Address(name, "ada@example.com"), name=name)])
    assert files_of(folder) == ["8/1.eml"]


@pytest.mark.parametrize("name", ["Mistral-large", *HOSTILE], ids=lambda name: ascii(name[:16]))
def test_a_terminal_is_told_in_a_line_and_not_who_is_told(name: str) -> None:
    said: list[str] = []
    found = sent_by(ConsoleChannel(said.append, clock), [letter(1, name=name), letter(2, to=Address("Ada Lovelace", "lovelace@x.example"))])
    assert [(sent.result, sent.channel, sent.code, sent.at) for sent in found] == [(Result.ACCEPTED, "console", "said", NOW)] * 2
    assert said[0] == f"notice 8.1: {rendered(letter(name=name)).subject}"
    assert all(line.isprintable() or "\N{ZERO WIDTH JOINER}" in line for line in said)
    assert [word for word in ("Lovelace", "lovelace", "@x.example", "@example.com") if word in said[1]] == []
