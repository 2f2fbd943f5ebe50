"""Timestamps of checkpoints (RFC 3161): an authority that knows nothing of the ledger says by when a note was there.

What is kept is the token over the SHA-256 of the note. It stays good when its certificate has ended: that had to be valid when it signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography.x509 import Certificate, load_der_x509_certificate

from domain.errors import LedgerError

if TYPE_CHECKING:
    from rfc3161_client import TimeStampRequest, TimeStampResponse

TOKEN_BYTES_MAX = 65_536
_GRANTED = b"\x30\x03\x02\x01\x00"
"""The status of an answer that has a token."""


@dataclass(eq=False)
class TimestampInvalid(LedgerError):
    """What is no timestamp of a note, or of an authority that is not trusted."""

    reason: str

    @property
    def sentence(self) -> str:
        return f"The timestamp cannot be trusted: {self.reason}."


@dataclass(eq=False)
class TimestampsNotInstalled(LedgerError):
    """What reads timestamps is not there."""

    @property
    def sentence(self) -> str:
        return "Timestamps need one package more. Install lifecycle-ledger[timestamp]."


@dataclass(frozen=True, slots=True)
class Stamped:
    """What a timestamp says."""

    at: datetime
    """By then the note was there; in UTC, by the authority's clock."""
    authority: str
    """The subject of the certificate that signed it."""


def request_for(note: bytes) -> "TimeStampRequest":
    """Return what to ask an authority: its `as_bytes()` are to be sent.

    Raises:
        TimestampsNotInstalled: what writes it is not installed.
    """
    try:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415 - optional
    except ImportError as error:
        raise TimestampsNotInstalled from error
    return TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256).build()


def granted(answer: bytes, request: "TimeStampRequest", note: bytes, roots: Sequence[Certificate]) -> bytes:
    """Return the token in an authority's answer to a request, checked.

    Raises:
        TimestampInvalid: there is none, it is of another note or of another request, or none of the roots vouches for it.
    """
    response = _decoded(answer)
    _verify(response, note, roots, request.nonce)
    return response.time_stamp_token()


def checked(token: bytes, note: bytes, roots: Sequence[Certificate]) -> Stamped:
    """Check a token that was kept.

    Raises:
        TimestampInvalid: it is none, or of another note, or none of the roots vouches for it.
        TimestampsNotInstalled: what reads it is not installed.
    """
    response = _decoded(_tagged(_GRANTED + token))
    _verify(response, note, roots, None)
    return Stamped(response.tst_info.gen_time, _signer(response).subject.rfc4514_string())


def _decoded(answer: bytes) -> "TimeStampResponse":
    try:
        from rfc3161_client import decode_timestamp_response  # noqa: PLC0415 - optional
    except ImportError as error:
        raise TimestampsNotInstalled from error
    if len(answer) > TOKEN_BYTES_MAX:
        raise TimestampInvalid(f"it is longer than {TOKEN_BYTES_MAX} bytes")
    try:
        response = decode_timestamp_response(answer)
        if response.status != 0:
            raise TimestampInvalid(f"the authority granted none (status {response.status})")
        response.tst_info  # noqa: B018 - reading it is where it fails
    except ValueError as error:
        raise TimestampInvalid("it is not in the form of RFC 3161") from error
    return response


def _verify(response: "TimeStampResponse", note: bytes, roots: Sequence[Certificate], nonce: int | None) -> None:
    from rfc3161_client import VerificationError, VerifierBuilder  # noqa: PLC0415 - optional

    try:
        VerifierBuilder(roots=list(roots), nonce=nonce).build().verify_message(response, note)
    except VerificationError as error:
        raise TimestampInvalid(_reason(str(error))) from error
    except ValueError as error:
        raise TimestampInvalid("it is not in the form of RFC 3161, or there is no authority to trust") from error


def _reason(said: str) -> str:
    """Return in words of ours why the library refuses a timestamp."""
    for word, reason in _REASONS.items():
        if word in said:
            return reason
    return "its signature is not good"


_REASONS = {
    "Mismatch between messages": "it is of another note",
    "Nonce": "it answers another request",
    "Unsupported hash": "it is over a hash that is not used here",
    "EKU": "the certificate that signed it is not for timestamps alone",
    "purpose": "the certificate that signed it is not for timestamps alone",
    "has expired": "the certificate that signed it had ended",
    "not yet valid": "the certificate that signed it had not begun",
    "issuer certificate": "none of the certificates that are trusted vouches for it",
    "self-signed certificate": "none of the certificates that are trusted vouches for it",
}


def _signer(response: "TimeStampResponse") -> Certificate:
    (signer,) = response.signed_data.signer_infos
    certificates = map(load_der_x509_certificate, response.signed_data.certificates)
    return next(each for each in certificates if (each.issuer, each.serial_number) == (signer.issuer, signer.serial_number))


def _tagged(content: bytes) -> bytes:
    """Return a SEQUENCE in DER."""
    length = len(content)
    if length < 0x80:  # noqa: PLR2004 - from here on, the length has a length of its own
        return bytes((0x30, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((0x30, 0x80 | len(size))) + size + content
