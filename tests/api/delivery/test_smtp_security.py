"""E-mail over TLS and with a password: to the server that is meant, or not at all."""

from pathlib import Path

import pytest

from api.delivery.smtp import Security
from domain.notices.events import Result
from tests.api.delivery.letters import letter, letters, sent_by
from tests.api.delivery.mailing import channel
from tests.servers.smtp import HOST, Mailbox, mail_server

USER, PASSWORD = "ledger", "correct horse"
ENCRYPTED = [Security.STARTTLS, Security.TLS]


@pytest.mark.parametrize("security", ENCRYPTED)
def test_a_server_with_a_certificate_that_is_trusted_gets_everything(security: Security) -> None:
    with mail_server(tls=security) as mailbox:
        found = sent_by(channel(mailbox, security, ca_file=mailbox.ca_file), letters(8), letters(2))
        assert {sent.result for sent in found} == {Result.ACCEPTED}
        assert len(mailbox.received) == 10
        assert len({str(message["Message-ID"]) for _, message in mailbox.received}) == 8


def refused(mailbox: Mailbox, security: Security, **more: object) -> None:
    """Try to send: all is left for later, and the server has seen neither a message nor a password."""
    found = sent_by(channel(mailbox, security, username=USER, password=PASSWORD, **more), letters(20))
    assert {(sent.result, sent.code) for sent in found} == {(Result.TRANSIENT, "unreachable")}
    assert mailbox.received == []
    assert mailbox.logins == []


@pytest.mark.parametrize("security", ENCRYPTED)
def test_a_certificate_that_nobody_vouches_for_is_refused(security: Security) -> None:
    with mail_server(tls=security, users={USER: PASSWORD}) as mailbox:
        refused(mailbox, security)


@pytest.mark.parametrize("security", ENCRYPTED)
def test_a_certificate_of_another_authority_is_refused(security: Security, tmp_path: Path) -> None:
    with mail_server(tls="tls") as other:
        assert other.ca_file
        authority = tmp_path / "other.pem"
        authority.write_bytes(other.ca_file.read_bytes())
    with mail_server(tls=security, users={USER: PASSWORD}) as mailbox:
        refused(mailbox, security, ca_file=authority)


@pytest.mark.parametrize("security", ENCRYPTED)
def test_a_certificate_for_another_name_is_refused(security: Security) -> None:
    with mail_server(tls=security, users={USER: PASSWORD}, name="other.example") as mailbox:
        mailbox.host = HOST
        refused(mailbox, security, ca_file=mailbox.ca_file)


def test_a_server_that_does_not_offer_tls_gets_nothing_in_clear() -> None:
    with mail_server() as mailbox:
        refused(mailbox, Security.STARTTLS)
        assert len(mailbox.connections) <= 3


def test_a_server_that_talks_in_clear_where_tls_is_expected_gets_nothing() -> None:
    with mail_server() as mailbox:
        refused(mailbox, Security.TLS, timeout=1.0)


@pytest.mark.parametrize("security", ENCRYPTED)
def test_the_right_password_opens_the_server(security: Security) -> None:
    with mail_server(tls=security, users={USER: PASSWORD}) as mailbox:
        sending = channel(mailbox, security, ca_file=mailbox.ca_file, username=USER, password=PASSWORD, connections=1)
        assert {sent.result for sent in sent_by(sending, letters(5))} == {Result.ACCEPTED}
        assert set(mailbox.logins) == {USER}
        assert len(mailbox.received) == 5


def test_a_wrong_password_is_tried_once_a_batch_and_leaves_everybody_for_later() -> None:
    """Or the server would lock the account."""
    with mail_server(tls="starttls", users={USER: PASSWORD}) as mailbox:
        sending = channel(mailbox, Security.STARTTLS, ca_file=mailbox.ca_file, username=USER, password="wrong", connections=8)  # noqa: S106
        found = sent_by(sending, letters(100))
        assert {(sent.result, sent.code) for sent in found} == {(Result.TRANSIENT, "535 5.7.8")}
        assert len(mailbox.connections) == 1
        assert mailbox.received == []
        assert [sent for sent in found if "wrong" in f"{sent.detail}" or USER in f"{sent.detail}"] == []


def test_a_server_that_asks_for_a_password_that_nobody_set_is_nobodys_permanent_failure() -> None:
    with mail_server(tls="starttls", users={USER: PASSWORD}) as mailbox:
        (sent,) = sent_by(channel(mailbox, Security.STARTTLS, ca_file=mailbox.ca_file), [letter()])
        assert (sent.result, sent.code) == (Result.TRANSIENT, "530 5.7.0")
