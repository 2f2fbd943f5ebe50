"""What a server's answer tells: codes and queue ids, as real servers write them, and never an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.delivery.replies import code_of, queue_id

QUEUED = {
    "Postfix": ("2.0.0 Ok: queued as 4XyZ9k1lmnz2B", "4XyZ9k1lmnz2B"),
    "Postfix, short": ("2.0.0 Ok: queued as 9C1A63F01D", "9C1A63F01D"),
    "Exim": ("OK id=1abcDE-000XYZ-00", "1abcDE-000XYZ-00"),
    "Exim, new": ("OK id=1rZ7cF-00000000ABC-2x3y", "1rZ7cF-00000000ABC-2x3y"),
    "Sendmail": ("2.0.0 3AM9Uf5x012345 Message accepted for delivery", "3AM9Uf5x012345"),
    "OpenSMTPD": ("2.0.0 a1b2c3d4 Message accepted for delivery", "a1b2c3d4"),
    "Exchange": (
        (
            "2.6.0 <notice.8.1@ledger.example> [InternalId=13456789012345, Hostname=AM0PR01MB1234.eurprd01.prod.exchangelabs.com] "
            "12345 bytes in 0.123, 98.7 KB/sec Queued mail for delivery"
        ),
        "13456789012345",
    ),
    "Gmail": (
        "2.0.0 OK  1700000000 a1-20020a5d6801000000b0033146a4b7c2si123456wrv.7 - gsmtp",
        "a1-20020a5d6801000000b0033146a4b7c2si123456wrv.7",
    ),
    "Gmail, in short": ("2.0.0 OK  1700000000 abc - gsmtp", "abc"),
    "Amazon SES": (
        "Ok 0102018c1f2a3b4c-5d6e7f80-1234-5678-9abc-def012345678-000000",
        "0102018c1f2a3b4c-5d6e7f80-1234-5678-9abc-def012345678-000000",
    ),
    "Haraka": ("Message Queued (6C3B1F2A-1D2E-4F5A-8B9C-0D1E2F3A4B5C.1)", "6C3B1F2A-1D2E-4F5A-8B9C-0D1E2F3A4B5C.1"),
    "in several lines": ("2.0.0 Ok\nqueued as ABC123", "ABC123"),
}
NAMELESS = [
    "",
    "OK",
    "2.0.0 Ok",
    "Message queued for delivery",
    "OK, mail queued successfully",
    "Queued. Thank you.",
    "2.0.0 Message accepted for delivery",
    "Great success",
    "2.0.0 Ok: queued as ada.lovelace@example.com",
    "2.0.0 Ok: queued as <ada.lovelace@example.com>",
    "OK id=ada@example.com",
    "2.0.0 ada@example.com Message accepted for delivery",
    "Ok ada@example.com",
    "valid ada",
    "queued as " + "x" * 101,
    "queued as \N{PILE OF POO}",
]


@pytest.mark.parametrize(("message", "name"), QUEUED.values(), ids=QUEUED)
def test_the_name_under_which_a_server_queued_a_message_is_kept(message: str, name: str) -> None:
    assert queue_id(message) == name


@pytest.mark.parametrize("message", NAMELESS, ids=lambda text: ascii(text[:50]))
def test_words_and_addresses_are_no_names(message: str) -> None:
    assert queue_id(message) is None


@given(st.text(max_size=60), st.sampled_from([message for message, _ in QUEUED.values()]))
def test_a_name_is_short_and_holds_no_white_space_and_no_address(text: str, message: str) -> None:
    for said in (text, f"queued as {text}", f"id={text}", f"{message}{text}", f"{text}{message}"):
        name = queue_id(said)
        assert name is None or (name in said and 1 < len(name) <= 100 and not set(name) & set("@<> \r\n\0"))


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        (250, "2.0.0 Ok: queued as 4XyZ9", "250 2.0.0"),
        (550, "5.1.1 <ada@example.com>: Recipient address rejected", "550 5.1.1"),
        (550, "5.1.1 The email account does not exist.\n5.1.1 Learn more", "550 5.1.1"),
        (550, "#5.1.0 Address rejected.", "550 5.1.0"),
        (452, "4.2.2", "452 4.2.2"),
        (250, "OK", "250"),
        (554, "", "554"),
        (550, "relay from 2.34.56.78 denied", "550"),
        (550, "5.34.56.78 is listed", "550"),
        (550, "blocked, see 5.7.1 of our policy", "550"),
        (250, "OK id=5.1.1", "250"),
        (550, "5.1.1234 x", "550"),
        (550, "3.1.1 x", "550"),
    ],
    ids=str,
)
def test_the_enhanced_code_is_taken_where_the_server_gives_one(code: int, message: str, expected: str) -> None:
    assert code_of(code, message) == expected
