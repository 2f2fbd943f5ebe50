"""The address that is listened on: taken at once, told as a browser takes it, refused in a sentence."""

import socket
from contextlib import closing

import pytest

from api.http.listening import CannotListen, address_of, bound_socket


def test_any_free_port_is_taken_and_told() -> None:
    with closing(bound_socket("127.0.0.1", 0)) as listener:
        assert address_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_an_address_of_ipv6_is_told_in_brackets() -> None:
    try:
        listener = bound_socket("::1", 0)
    except CannotListen:
        pytest.skip("this machine has no IPv6 loopback")
    with closing(listener):
        assert address_of(listener).startswith("http://[::1]:")


def test_two_that_start_at_once_do_not_both_get_it() -> None:
    with closing(bound_socket("127.0.0.1", 0)) as first, pytest.raises(CannotListen) as refused:
        bound_socket("127.0.0.1", first.getsockname()[1])
    assert refused.value.reason == "address already in use"


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 80, "192.0.2.1"])
def test_what_is_no_address_of_this_machine_is_refused(host: str) -> None:
    with pytest.raises(CannotListen) as refused:
        bound_socket(host, 0)
    assert refused.value.sentence.startswith(f"Cannot listen at {host} port 0: ")
