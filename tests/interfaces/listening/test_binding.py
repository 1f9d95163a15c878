from collections.abc import Sequence

import pytest

from mendloop.errors import InvalidInput, Refused
from mendloop.interfaces.listening.binding import Binding, check_binding, is_loopback

ANY = "0.0.0.0"  # noqa: S104  what it is refused for
SIXTEEN = "0123456789abcdef"


def check(host: str, *, token: str | None, names: Sequence[str]) -> None:
    binding = Binding(host=host, token=token, names=tuple(names))
    check_binding(binding, variable="SECRET", option="--called")


@pytest.mark.promise("http/no-token-no-network")
@pytest.mark.parametrize(
    "host", [ANY, "::", "", "192.168.1.5", "10.0.0.1", "example.com", "2001:db8::1", "127.1"]
)
def test_an_address_that_others_can_reach_needs_a_token(host: str) -> None:
    with pytest.raises(Refused, match="there is no token"):
        check(host, token=None, names=["example.com"])


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost", "::1"])
def test_an_address_of_this_machine_alone_needs_none(host: str) -> None:
    assert is_loopback(host)
    check(host, token=None, names=())


@pytest.mark.parametrize("host", ["127.0.0.1", "192.168.1.5"])
def test_a_token_that_can_be_guessed_is_refused(host: str) -> None:
    with pytest.raises(InvalidInput, match="16 is the least"):
        check(host, token=SIXTEEN[:-1], names=())


@pytest.mark.parametrize("host", [ANY, "::", ""])
def test_an_address_that_stands_for_all_needs_a_name_to_check(host: str) -> None:
    with pytest.raises(InvalidInput, match="names no host"):
        check(host, token=SIXTEEN, names=())
    check(host, token=SIXTEEN, names=["mend.example"])


def test_what_to_do_about_it_is_named_as_the_command_names_it() -> None:
    with pytest.raises(Refused, match="set SECRET or --token-file"):
        check(ANY, token=None, names=())
    with pytest.raises(InvalidInput, match="its names with --called"):
        check(ANY, token=SIXTEEN, names=())


def test_tokens_of_their_own_open_the_network_too() -> None:
    check_binding(Binding(host="192.168.1.5", known=True), variable="SECRET", option="--called")
    with pytest.raises(InvalidInput, match="names no host"):
        check_binding(Binding(host=ANY, known=True), variable="SECRET", option="--called")


def test_a_token_is_not_shown_where_a_binding_is() -> None:
    assert SIXTEEN not in repr(Binding(host=ANY, token=SIXTEEN))
