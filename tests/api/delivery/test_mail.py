"""A notice as an e-mail: read back it is what was written, and no name can add to its headers."""

import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.delivery.cleaning import cleaned
from api.delivery.mail import LIST_ID, address_header, header_text, mail, message_id
from api.delivery.notice import Address
from api.delivery.rendering import Rendered, rendered
from tests.api.delivery.letters import HOSTILE, NOW, SENDER, letter

HEADERS = ["Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "List-Id", "MIME-Version", "Content-Type"]
NAMES = st.text(st.characters(codec=None), max_size=300) | st.sampled_from(HOSTILE)
LONGEST_NAME = 80
LONGEST_SUBJECT = 200


def read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def faults(message: EmailMessage) -> list[object]:
    """Return what is wrong by the standards."""
    parts = list(message.walk())
    return [fault for part in parts for fault in (*part.defects, *(fault for header in part.values() for fault in header.defects))]


def written(told: Rendered, to: Address | None = None) -> bytes:
    return mail(letter(), to or Address("Ada", "ada@example.com"), told, SENDER, NOW)


def lines_of(content: bytes) -> list[bytes]:
    assert content.endswith(b"\r\n")
    assert re.search(rb"[^\r]\n|\r[^\n]", content) is None
    return content.split(b"\r\n")


def beyond_ascii(text: str) -> str:
    """Read what the parser has left as bytes."""
    return text.encode("ascii", "surrogateescape").decode()


def bodies(message: EmailMessage) -> list[str]:
    assert message.is_multipart()
    parts = [part for part in message.iter_parts() if isinstance(part, EmailMessage)]
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    return [part.get_content().replace("\r\n", "\n") for part in parts]


def test_it_is_read_back_as_it_was_written() -> None:
    outgoing = letter()
    told = rendered(outgoing)
    message = read(mail(outgoing, Address("Ada Lovelace", "ada@example.com"), told, SENDER, NOW))
    assert message.keys() == HEADERS
    assert faults(message) == []
    assert message["Date"].datetime == NOW
    assert [(one.display_name, one.addr_spec) for one in message["From"].addresses] == [("Lifecycle Office", "notices@ledger.example")]
    assert [(one.display_name, one.addr_spec) for one in message["To"].addresses] == [("Ada Lovelace", "ada@example.com")]
    assert message["Subject"] == told.subject
    assert message["Message-ID"] == "<notice.8.1@ledger.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == LIST_ID
    assert message.get_content_type() == "multipart/alternative"
    assert bodies(message) == [told.text, told.html]


def test_a_message_keeps_its_id_however_often_it_is_sent_and_no_two_share_one() -> None:
    assert message_id(letter(1), "x") == message_id(letter(1, name="another"), "x") != message_id(letter(2), "x")


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name[:16]))
def test_a_hostile_name_is_a_name_and_nothing_else(name: str) -> None:
    outgoing = letter(name=name, provider=name)
    told = rendered(outgoing)
    message = read(mail(outgoing, Address(name, "ada@example.com"), told, Address(name, "office@ledger.example"), NOW))
    assert message.keys() == HEADERS
    assert [one.addr_spec for one in message["To"].addresses] == ["ada@example.com"]
    assert [one.addr_spec for one in message["From"].addresses] == ["office@ledger.example"]
    assert message["Subject"] == cleaned(told.subject, LONGEST_SUBJECT)
    assert bodies(message) == [told.text, told.html]


@given(name=NAMES, subject=NAMES)
def test_no_name_adds_a_header_or_a_recipient(name: str, subject: str) -> None:
    content = written(Rendered(subject, "text\n", "<p>html</p>\n"), Address(name, "ada@example.com"))
    message = read(content)
    assert message.keys() == HEADERS
    assert [one.addr_spec for one in message["To"].addresses] == ["ada@example.com"]
    assert faults(message) == []
    assert bodies(message) == ["text\n", "<p>html</p>\n"]
    assert max(map(len, lines_of(content))) <= 998


@given(NAMES)
def test_a_name_is_read_back_as_it_is_shown(name: str) -> None:
    header = address_header(Address(name, "ada@example.com"))
    assert header.isascii()
    shown, address = parseaddr(header.replace("\r\n ", " "))
    assert address == "ada@example.com"
    # Not by the policy's own parser, which keeps the white space between the encoded words of a name.
    assert str(make_header(decode_header(shown))) == cleaned(name, LONGEST_NAME)


@given(NAMES)
def test_a_subject_is_read_back_as_it_is_shown(subject: str) -> None:
    header = header_text(subject)
    assert header.isascii()
    assert max(map(len, header.split("\r\n "))) <= max(75, 0 if "=?" in header else len(header))
    assert read(f"Subject: {header}\r\n\r\n".encode())["Subject"] == cleaned(subject, LONGEST_SUBJECT)


@pytest.mark.parametrize("name", ["Ada", "Zoë", "", None, 'A "B" \\ C'])
def test_an_address_beyond_ascii_is_written_as_it_is(name: str | None) -> None:
    message = read(written(rendered(letter()), Address(name, "jürgen@bücher.example")))
    assert beyond_ascii(message["To"].addresses[0].addr_spec) == "jürgen@bücher.example"
    assert message["To"].addresses[0].display_name == (name or "")


@pytest.mark.parametrize(
    "text",
    [
        "plain\n",
        ".\n..\n.dot\n",
        "x" * 998 + "\n",
        "x" * 999 + "\n",
        "ü" * 600 + "\n",
        "From here\n\nTo: there\n",
        "trailing \nspaces\t\n",
        "=3D =\n",
        "\n",
        "--=_notice_8_1\n",
        "--=_notice_8_1--\n--=_notice_8_1_\n",
        "\N{PILE OF POO}\n.\n",
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_any_text_arrives_as_it_was_written(text: str) -> None:
    content = written(Rendered("s", text, f"<p>{text}</p>\n"))
    message = read(content)
    assert bodies(message) == [text, f"<p>{text}</p>\n"]
    assert faults(message) == []
    assert max(map(len, lines_of(content))) <= 998


def test_a_carriage_return_in_a_text_ends_no_line_by_itself() -> None:
    lines_of(written(Rendered("s", "a\rb\nü\r\n.\r\n", "<p>\r</p>\n")))


@given(st.text(st.characters(codec="utf-8"), max_size=400))
def test_a_notice_of_any_model_is_whole(name: str) -> None:
    outgoing = letter(name=name, provider=name or None, link=f"https://x.example/{name}")
    told = rendered(outgoing)
    content = mail(outgoing, Address(name, "ada@example.com"), told, SENDER, NOW)
    message = read(content)
    assert message.keys() == HEADERS
    assert bodies(message) == [told.text, told.html]
    assert max(map(len, lines_of(content))) <= 998


@pytest.mark.parametrize(
    ("text", "encoding"), [("plain\n", "7bit"), ("ü\n", "quoted-printable"), ("x" * 999, "quoted-printable")], ids=repr
)
def test_a_text_is_encoded_only_where_it_must_be(text: str, encoding: str) -> None:
    parts: list[Any] = list(read(written(Rendered("s", text, text))).iter_parts())
    assert [part["Content-Transfer-Encoding"] for part in parts] == [encoding] * 2
