"""E-mail by a real server: each recipient has an answer of its own, and whatever the server does, everybody has an outcome."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread

import pytest

from api.delivery.notice import Address, Outgoing, WebhookTarget
from api.delivery.outcome import Sent
from api.delivery.rendering import rendered
from api.delivery.smtp import FAILURES_MAX
from domain.notices.events import Result
from tests.api.delivery.letters import END_SECONDS, HOSTILE, NOW, SECRET, SENDER, cut, letter, letters, run, sent_by
from tests.api.delivery.mailing import channel
from tests.servers.smtp import HOST, Mailbox, free_port, mail_server

ADA = "ada1@example.com"
BOB = "ada2@example.com"
EVE = "ada3@example.com"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as running:
        yield running


def told(sent: list[Sent]) -> list[tuple[Result, str | None]]:
    return [(one.result, one.code) for one in sent]


def test_what_is_accepted_keeps_the_code_and_the_queue_id(mailbox: Mailbox) -> None:
    (sent,) = sent_by(channel(mailbox), [letter()])
    assert sent == Sent(letter(), Result.ACCEPTED, NOW, "smtp", "250 2.0.0", mailbox.queue_ids[ADA][0])
    (message,) = mailbox.of(ADA)
    assert message["Subject"] == rendered(letter()).subject
    assert mailbox.recipients == [ADA]


@pytest.mark.parametrize(
    ("answer", "result", "code"),
    [
        ("550 5.1.1 <ada1@example.com>: user ada1 unknown", Result.PERMANENT, "550 5.1.1"),
        ("550 no such user", Result.PERMANENT, "550"),
        ("553-5.1.2 in several\r\n553 5.1.2 lines", Result.PERMANENT, "553 5.1.2"),
        ("451 4.7.1 Ada1@Example.com: try again later", Result.TRANSIENT, "451 4.7.1"),
        ("452 4.2.2 mailbox full", Result.TRANSIENT, "452 4.2.2"),
        ("530 5.7.0 authentication required", Result.TRANSIENT, "530 5.7.0"),
    ],
)
def test_a_recipient_who_is_refused_takes_nobody_along(mailbox: Mailbox, answer: str, result: Result, code: str) -> None:
    mailbox.always[ADA] = answer
    first, second = sent_by(channel(mailbox, connections=1), letters(2))
    assert told([first, second]) == [(result, code), (Result.ACCEPTED, "250 2.0.0")]
    assert first.reference is None
    assert "ada1" not in (first.detail or "").lower()
    assert mailbox.recipients == [BOB]
    assert len(mailbox.connections) == 1


def test_a_content_that_is_refused_is_told_of_its_recipient_alone(mailbox: Mailbox) -> None:
    mailbox.judged = {ADA: ["554 5.6.0 not like this"], BOB: ["451 4.3.0 not now"]}
    found = sent_by(channel(mailbox, connections=1), letters(3))
    assert told(found) == [(Result.PERMANENT, "554 5.6.0"), (Result.TRANSIENT, "451 4.3.0"), (Result.ACCEPTED, "250 2.0.0")]


@pytest.mark.parametrize("answer", ["550 5.7.1 you may not send", "450 4.7.1 not now"])
def test_a_sender_who_is_refused_is_nobodys_permanent_failure(mailbox: Mailbox, answer: str) -> None:
    mailbox.sender_answer = answer
    found = sent_by(channel(mailbox), letters(5))
    assert told(found) == [(Result.TRANSIENT, answer[:9])] * 5
    assert mailbox.received == []


def test_a_connection_that_is_dropped_after_the_content_leaves_the_outcome_unknown(mailbox: Mailbox) -> None:
    mailbox.drops, mailbox.drops_early = [ADA], [BOB]
    found = sent_by(channel(mailbox, connections=1), letters(3))
    assert told(found) == [(Result.UNKNOWN, "disconnected"), (Result.TRANSIENT, "disconnected"), (Result.ACCEPTED, "250 2.0.0")]
    assert mailbox.recipients == [EVE]


def test_a_slow_server_is_waited_for_and_too_slow_a_one_is_not(mailbox: Mailbox) -> None:
    mailbox.delay = 0.2
    assert told(sent_by(channel(mailbox), [letter()])) == [(Result.ACCEPTED, "250 2.0.0")]
    assert told(sent_by(channel(mailbox, timeout=0.05), [letter()])) == [(Result.UNKNOWN, "disconnected")]


@contextmanager
def knocks(answer: bytes) -> Iterator[tuple[Mailbox, list[object]]]:
    """Listen, and greet each connection with an answer that ends it; an empty one is never given."""
    found: list[object] = []
    held: list[socket.socket] = []

    def greet(server: socket.socket) -> None:
        while True:
            try:
                connection, peer = server.accept()
            except OSError:
                return
            found.append(peer)
            if answer:
                connection.sendall(answer)
                connection.close()
            else:
                held.append(connection)

    with socket.create_server((HOST, 0)) as server:
        thread = Thread(target=greet, args=(server,))
        thread.start()
        try:
            yield Mailbox(port=server.getsockname()[1]), found
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(END_SECONDS)
            for connection in held:
                connection.close()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"421 4.3.2 closing\r\n", "421 4.3.2"),
        (b"554 5.7.1 not you\r\n", "554 5.7.1"),
        (b"SSH-2.0-OpenSSH\r\n", "unreachable"),
        (b"\r\n", "unreachable"),
        (b"", "unreachable"),
    ],
    ids=["busy", "refused", "other", "nothing", "silent"],
)
def test_a_server_that_takes_no_connection_is_asked_a_few_times_and_everybody_waits(answer: bytes, code: str) -> None:
    with knocks(answer) as (mailbox, found):
        sent = sent_by(channel(mailbox, timeout=0.2, connections=8), letters(100))
    assert {(one.result, (one.code or "").replace("-1", "unreachable")) for one in sent} == {(Result.TRANSIENT, code)}
    assert 1 <= len(found) <= FAILURES_MAX


def test_a_server_that_is_down_is_tried_again_by_the_next_batch() -> None:
    port = free_port()

    async def send() -> list[Sent]:
        found: list[Sent] = []
        sending = channel(Mailbox(port=port))
        await sending.send(letters(50), found.append)
        for _ in range(2):
            with mail_server(port=port):
                await sending.send([letter()], found.append)
            await sending.send([letter()], found.append)
        await sending.close()
        return found

    found = told(run(send()))
    assert found[:50] == [(Result.TRANSIENT, "unreachable")] * 50
    assert found[50:] == [(Result.ACCEPTED, "250 2.0.0"), (Result.TRANSIENT, "unreachable")] * 2


@pytest.mark.parametrize("connections", [1, 3])
def test_many_messages_go_by_few_connections_that_later_batches_use_again(mailbox: Mailbox, connections: int) -> None:
    batches = [[letter(number) for number in range(start, start + 40)] for start in (1, 101, 201)]
    found = sent_by(channel(mailbox, connections=connections), *batches)
    assert {one.result for one in found} == {Result.ACCEPTED}
    assert sorted(mailbox.recipients) == sorted(
        f"ada{number}@example.com" for start in (1, 101, 201) for number in range(start, start + 40)
    )
    assert len(mailbox.connections) <= connections


def test_an_empty_batch_opens_no_connection(mailbox: Mailbox) -> None:
    assert sent_by(channel(mailbox), []) == []
    assert not mailbox.connections


def test_a_connection_that_was_closed_between_batches_is_made_again(mailbox: Mailbox) -> None:
    async def send() -> list[Sent]:
        found: list[Sent] = []
        sending = channel(mailbox, connections=1)
        await sending.send([letter(1)], found.append)
        sending._idle[0].close()
        await sending.send([letter(2)], found.append)
        await sending.close()
        assert sending._idle == []
        return found

    assert told(run(send())) == [(Result.ACCEPTED, "250 2.0.0")] * 2
    assert len(mailbox.connections) == 2


def test_a_message_arrives_byte_for_byte_with_its_dots(mailbox: Mailbox) -> None:
    outgoing = letter(name=".\r\n.\r\nQUIT", link="https://x.example/.")
    sent_by(channel(mailbox), [outgoing])
    (message,) = mailbox.of(ADA)
    told = rendered(outgoing)
    plain, page = (part for part in message.iter_parts())
    assert [plain.get_content().replace("\r\n", "\n"), page.get_content().replace("\r\n", "\n")] == [told.text, told.html]


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name[:16]))
def test_a_hostile_name_reaches_nobody_else(mailbox: Mailbox, name: str) -> None:
    (sent,) = sent_by(channel(mailbox), [letter(name=name, to=Address(name, ADA))])
    assert sent.result is Result.ACCEPTED
    assert mailbox.recipients == [ADA]
    assert mailbox.of(ADA)[0]["Bcc"] is None


@pytest.mark.parametrize("address", ["ada@x\r\nRCPT TO:<eve@x>", "ada@x> SIZE=1", "ada", "", "a@b, eve@x", "Ada <eve@x>"], ids=ascii)
def test_what_is_no_address_never_reaches_the_server(mailbox: Mailbox, address: str) -> None:
    found = sent_by(channel(mailbox, connections=1), [letter(1, to=Address(None, address)), letter(2)])
    assert told(found) == [(Result.PERMANENT, "address_invalid"), (Result.ACCEPTED, "250 2.0.0")]
    assert mailbox.recipients == [BOB]


def test_a_webhook_is_not_told_by_mail(mailbox: Mailbox) -> None:
    found = sent_by(channel(mailbox), [letter(to=WebhookTarget("whk-1", "https://hooks.example", SECRET))])
    assert told(found) == [(Result.PERMANENT, "no_address")]


def test_an_address_beyond_ascii_is_reached_where_the_server_takes_it(mailbox: Mailbox) -> None:
    outgoing = letter(to=Address("Jürgen", "jürgen@bücher.example"))
    assert told(sent_by(channel(mailbox), [outgoing])) == [(Result.ACCEPTED, "250 2.0.0")]
    assert mailbox.recipients == ["jürgen@bücher.example"]
    with mail_server(unicode=False) as old:
        found = sent_by(channel(old, connections=1), [outgoing, letter(2)])
        assert told(found) == [(Result.PERMANENT, "smtputf8_not_supported"), (Result.ACCEPTED, "250 2.0.0")]


def test_a_sender_beyond_ascii_is_nobodys_permanent_failure() -> None:
    with mail_server(unicode=False) as old:
        found = sent_by(channel(old, sender=replace(SENDER, address="büro@ledger.example")), letters(2))
    assert told(found) == [(Result.TRANSIENT, "smtputf8_not_supported")] * 2


def test_a_server_is_sent_no_more_than_its_ceiling_over_batches_too(mailbox: Mailbox) -> None:
    async def send() -> float:
        loop, sending = asyncio.get_running_loop(), channel(mailbox, rate=50.0)
        began = loop.time()
        for start in (1, 11):
            await sending.send([letter(number) for number in range(start, start + 10)], lambda _: None)
        took = loop.time() - began
        await sending.close()
        return took

    assert run(send()) >= 19 / 50
    assert len(mailbox.received) == 20


def test_a_batch_that_is_cancelled_leaves_no_task_and_no_connection_in_the_middle_of_a_message(mailbox: Mailbox) -> None:
    mailbox.delay = 1.0

    async def send() -> list[Sent]:
        found: list[Sent] = []
        sending = channel(mailbox)
        work = asyncio.create_task(sending.send(letters(20), found.append))
        await cut(lambda: len(mailbox.connections) == 4, work)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert sending._idle == []
        mailbox.delay = 0.0
        await sending.send([letter(99)], found.append)
        await sending.close()
        return found

    found = run(send())
    assert [one.outgoing.recipient for one in found] == [99]


def test_a_batch_that_is_cancelled_while_it_connects_leaves_no_task() -> None:
    async def send(mailbox: Mailbox, found: list[object]) -> None:
        sending = channel(mailbox)
        await cut(lambda: bool(found), asyncio.create_task(sending.send(letters(20), lambda _: None)))
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await sending.close()

    with knocks(b"") as (mailbox, found):
        run(send(mailbox, found))


def test_an_outcome_that_cannot_be_kept_ends_the_batch(mailbox: Mailbox) -> None:
    """Or messages would go out of which nobody knows."""

    def full(_: Sent) -> None:
        raise OSError("disk full")

    async def send() -> None:
        sending = channel(mailbox, connections=2)
        with pytest.raises(OSError, match="disk full"):
            await sending.send(letters(20), full)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await sending.close()

    run(send())
    assert len(mailbox.received) <= 2


def test_nothing_of_a_recipient_is_in_an_outcome(mailbox: Mailbox) -> None:
    mailbox.always = {ADA: f"550 5.1.1 <{ADA}> ada1 is gone, ask ada1+x@example.com", BOB: "451 ada2"}
    mailbox.drops_early = [EVE]
    found: list[Outgoing] = letters(4)
    said = [f"{one.code} {one.reference} {one.detail}" for one in sent_by(channel(mailbox), found)]
    assert [one for one in said if "ada" in one.lower() or "@" in one] == []


def test_closing_says_goodbye_and_may_be_done_twice(mailbox: Mailbox) -> None:
    async def send() -> None:
        sending = channel(mailbox, connections=2)
        await sending.send(letters(4), lambda _: None)
        assert 1 <= len(sending._idle) <= 2
        await sending.close()
        await sending.close()

    run(send())


def test_a_password_is_never_shown() -> None:
    settings = channel(Mailbox(), username="ledger", password="hunter2")._settings  # noqa: S106  # is looked for
    assert "hunter2" not in repr(settings)
    assert "notices@ledger" not in repr(settings)
