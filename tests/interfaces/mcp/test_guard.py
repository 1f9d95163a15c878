import pytest

from mendloop.interfaces.mcp.door import security

ANY = "0.0.0.0"  # noqa: S104  its names are checked instead


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
