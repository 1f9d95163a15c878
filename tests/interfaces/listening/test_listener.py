import socket
from contextlib import closing

import pytest

from mendloop.errors import Unavailable
from mendloop.interfaces.listening.address import Address, authority, read_address
from mendloop.interfaces.listening.listener import listen


def test_it_can_be_connected_to_before_anybody_accepts() -> None:
    with listen("127.0.0.1", 0) as listener, closing(socket.socket()) as client:
        assert client.connect_ex(listener.getsockname()[:2]) == 0


def test_an_address_that_is_taken_is_told_by_its_name() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(Unavailable, match=f"127.0.0.1:{port} cannot be bound"):
            listen("127.0.0.1", port)


def test_an_address_of_another_machine_is_told_too() -> None:
    with pytest.raises(Unavailable, match=r"^\[2001:db8::1\]:1 cannot be bound|192.0.2.1:1 cannot"):
        listen("192.0.2.1", 1)


@pytest.mark.parametrize("text", ["127.0.0.1:8765", "[::1]:80", "localhost:0"])
def test_an_address_is_written_as_it_was_read(text: str) -> None:
    address = read_address(text)
    assert authority(address.host, address.port) == text
    assert Address(host=address.host, port=address.port) == address
