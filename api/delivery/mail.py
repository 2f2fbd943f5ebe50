"""A notice as an e-mail: plain text and HTML side by side.

The library's own message class takes a millisecond a message, as long as sending it; here its parts are put together of the same functions.
"""

from base64 import b64encode
from binascii import b2a_qp
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from api.delivery.cleaning import cleaned
from api.delivery.notice import Address, Outgoing
from api.delivery.rendering import Rendered

LIST_ID = "Model lifecycle notices <notices.lifecycle-ledger>"
_NAME_LENGTH_MAX = 80
_LINE_LENGTH_MAX = 998
"""Of RFC 5322, without the line's end."""
_ENCODED = "=?"
"""How an encoded word begins: a text that only looks like one is encoded, or readers would decode it."""
_ENCODED_WORD_BYTES = 36
"""Bytes of a header's text in one encoded word, so that with its frame it stays under 75 characters."""


def message_id(outgoing: Outgoing, domain: str) -> str:
    """Return the same id for a message however often it is sent: mail readers show a duplicate once."""
    return f"<notice.{outgoing.key}@{domain}>"


def mail(outgoing: Outgoing, to: Address, told: Rendered, sender: Address, now: datetime) -> bytes:
    """Write the message as it goes over the wire, with lines that end in CR LF."""
    domain = sender.address.rpartition("@")[2]
    boundary = _boundary(outgoing, told)
    headers = (
        ("Date", format_datetime(now)),
        ("From", _sender_header(sender)),
        ("To", address_header(to)),
        ("Subject", _subject_header(told.subject)),
        ("Message-ID", message_id(outgoing, domain)),
        ("Auto-Submitted", "auto-generated"),
        ("List-Id", LIST_ID),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    )
    lines = [f"{name}: {value}".encode() for name, value in headers]
    lines.append(b"")
    for kind, content in (("plain", told.text), ("html", told.html)):
        encoding, body = _body(content)
        lines += [f"--{boundary}".encode(), f'Content-Type: text/{kind}; charset="utf-8"'.encode()]
        lines += [f"Content-Transfer-Encoding: {encoding}".encode(), b"", body]
    lines += [f"--{boundary}--".encode(), b""]
    return b"\r\n".join(lines)


def _boundary(outgoing: Outgoing, told: Rendered) -> str:
    """Return a line that is in neither text, whatever somebody called a model."""
    boundary = f"=_notice_{outgoing.run}_{outgoing.recipient}"
    while boundary in told.text or boundary in told.html:
        boundary += "_"
    return boundary


_SAME_FOR_MANY = 64


@lru_cache(_SAME_FOR_MANY)
def _sender_header(sender: Address) -> str:
    return address_header(sender)


@lru_cache(_SAME_FOR_MANY)
def _subject_header(subject: str) -> str:
    return header_text(subject)


def address_header(address: Address) -> str:
    """Write a name and an address for a header; a name that is no plain text is encoded."""
    name = cleaned(address.name or "", _NAME_LENGTH_MAX)
    if not name:
        return address.address
    if name.isascii() and _ENCODED not in name:
        return f'"{_quoted_name(name)}" <{address.address}>'
    return f"{header_text(name)} <{address.address}>"


def header_text(text: str) -> str:
    """Write a text for a header, in encoded words where it is not plain ASCII."""
    line = cleaned(text, 200)
    if line.isascii() and _ENCODED not in line:
        return line
    words, word = [], b""
    for character in line:
        encoded = character.encode()
        if len(word) + len(encoded) > _ENCODED_WORD_BYTES:
            words.append(word)
            word = b""
        word += encoded
    return "\r\n ".join(f"=?utf-8?b?{b64encode(part).decode()}?=" for part in (*words, word))


def _quoted_name(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _body(content: str) -> tuple[str, bytes]:
    """Write a body as it is where every mail server takes it so, which most are and costs a tenth; else encoded."""
    content = content.replace("\r\n", "\n").replace("\r", "\n")
    if content.isascii() and max(map(len, content.split("\n"))) <= _LINE_LENGTH_MAX:
        return "7bit", content.replace("\n", "\r\n").encode()
    return "quoted-printable", b2a_qp(content.encode(), istext=True).replace(b"\n", b"\r\n")
