import pytest

from mendloop.errors import InvalidInput, Refused
from mendloop.interfaces.mcp.guard import check_binding, is_loopback, security

ANY = "0.0.0.0"  # noqa: S104  what it is refused for
SIXTEEN = "0123456789abcdef"


@pytest.mark.promise("http/no-token-no-network")
@pytest.mark.parametrize(
    "host", [ANY, "::", "", "192.168.1.5", "10.0.0.1", "example.com", "2001:db8::1", "127.1"]
)
def test_an_address_that_others_can_reach_needs_a_token(host: str) -> None:
    with pytest.raises(Refused, match="there is no token"):
        check_binding(host, token=None, names=["example.com"])


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost", "::1"])
def test_an_address_of_this_machine_alone_needs_none(host: str) -> None:
    assert is_loopback(host)
    check_binding(host, token=None, names=())


@pytest.mark.parametrize("host", ["127.0.0.1", "192.168.1.5"])
def test_a_token_that_can_be_guessed_is_refused(host: str) -> None:
    with pytest.raises(InvalidInput, match="16 is the least"):
        check_binding(host, token=SIXTEEN[:-1], names=())


@pytest.mark.parametrize("host", [ANY, "::", ""])
def test_an_address_that_stands_for_all_needs_a_name_to_check(host: str) -> None:
    with pytest.raises(InvalidInput, match="names no host"):
        check_binding(host, token=SIXTEEN, names=())
    check_binding(host, token=SIXTEEN, names=["mend.example"])


@pytest.mark.parametrize(
    ("host", "port", "names", "hosts"),
    [
        ("127.0.0.1", 8765, [], ["127.0.0.1:8765", "[::1]:8765", "localhost:8765"]),
        ("192.168.1.5", 8765, [], ["192.168.1.5:8765"]),
        ("192.168.1.5", 80, [], ["192.168.1.5", "192.168.1.5:80"]),
        ("2001:db8::1", 8765, ["mend"], ["[2001:db8::1]:8765", "mend:8765"]),
        (ANY, 8765, ["mend"], ["mend:8765"]),
    ],
)
def test_only_the_names_of_the_address_that_is_bound_are_let_through(
    host: str, port: int, names: list[str], hosts: list[str]
) -> None:
    settings = security(host, port, names)
    assert settings.enable_dns_rebinding_protection
    assert settings.allowed_hosts == hosts
    assert settings.allowed_origins == [f"http://{name}" for name in hosts]
