"""Any service that Apprise knows, told by the library itself: here a receiver of JSON on loopback."""

import json
import sys
from collections.abc import Iterator

import pytest

from api.delivery.apprise_channel import AppriseAddressInvalid, AppriseChannel, AppriseMissing
from api.delivery.rendering import rendered
from domain.notices.events import Result
from tests.api.delivery.letters import NOW, clock, letter, letters, sent_by
from tests.servers.smtp import free_port
from tests.servers.webhook import Receiver, Reply, webhook_receiver

pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated and slated for removal:DeprecationWarning")  # One of its many services.


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with webhook_receiver() as running:
        yield running


def channel(port: int) -> AppriseChannel:
    return AppriseChannel(f"json://127.0.0.1:{port}/notices", clock)


def test_a_service_is_told_each_notice_and_not_whom_it_is_for(receiver: Receiver) -> None:
    found = sent_by(channel(receiver.port), letters(2))
    assert [(sent.result, sent.channel, sent.code, sent.at) for sent in found] == [(Result.ACCEPTED, "apprise", "accepted", NOW)] * 2
    told = json.loads(receiver.received[0].body)
    assert told["title"] == rendered(letter(1)).subject
    assert told["message"].split() == rendered(letter(1)).text.split()
    assert [request for request in receiver.received if b"ada1" in request.body.lower()] == []


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_a_service_that_refuses_is_told_again_later(receiver: Receiver, status: int) -> None:
    receiver.replies = [Reply(status)]
    found = sent_by(channel(receiver.port), letters(2))
    assert [(sent.result, sent.code) for sent in found] == [(Result.TRANSIENT, "not_accepted"), (Result.ACCEPTED, "accepted")]


def test_a_service_that_is_down_is_told_again_later() -> None:
    assert [sent.result for sent in sent_by(channel(free_port()), letters(2))] == [Result.TRANSIENT] * 2


@pytest.mark.parametrize("url", ["", "nothing://127.0.0.1", "json://", "http//x", "mailto:secret-password"])
def test_an_address_that_the_library_does_not_know_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(AppriseAddressInvalid) as refused:
        AppriseChannel(url)
    assert "secret" not in refused.value.sentence


def test_without_the_library_somebody_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(AppriseMissing) as refused:
        AppriseChannel("json://127.0.0.1")
    assert "lifecycle-ledger[notify]" in refused.value.sentence
