"""Where webhooks may go: no spelling of a URL, and no address, leads into the server's own network."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cleverinvo.webhooks.addresses import Guard, Target, parse

GUARD = Guard(allow_private=False)
OPEN = Guard(allow_private=True)

HOSTILE = [
    line
    for line in (Path(__file__).parent / "hostile_urls.txt").read_text().split("\n")
    if line and not line.startswith("#")
]


def fault(url: str, guard: Guard = GUARD) -> str | None:
    try:
        return guard.fault_of_target(parse(url))
    except ValueError as error:
        return str(error)


def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTILE)) >= 300


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_url_is_refused_with_a_reason(url: str) -> None:
    assert fault(url)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.com", Target(True, "example.com", 443, "/")),
        ("https://Example.COM/", Target(True, "example.com", 443, "/")),
        ("https://example.com:443/a", Target(True, "example.com", 443, "/a")),
        ("https://example.com:8443/a/b?c=d&e=%20", Target(True, "example.com", 8443, "/a/b?c=d&e=%20")),
        ("https://example.com?c=d", Target(True, "example.com", 443, "/?c=d")),
        ("https://example.com:1024/", Target(True, "example.com", 1024, "/")),
        ("https://example.com:65535/", Target(True, "example.com", 65535, "/")),
        ("https://a-b.c_d.example.co.uk/~x/y;z=1,2", Target(True, "a-b.c_d.example.co.uk", 443, "/~x/y;z=1,2")),
        ("https://xn--exmple-cua.com/", Target(True, "xn--exmple-cua.com", 443, "/")),
        ("https://8.8.8.8/", Target(True, "8.8.8.8", 443, "/")),
        ("https://[2606:4700:4700:0::1111]/", Target(True, "2606:4700:4700::1111", 443, "/")),
        ("https://localhost.example.com/", Target(True, "localhost.example.com", 443, "/")),
        ("https://internal.example.com/", Target(True, "internal.example.com", 443, "/")),
        ("https://127.0.0.1.example.com/", Target(True, "127.0.0.1.example.com", 443, "/")),
        ("https://1e100.net/", Target(True, "1e100.net", 443, "/")),
        ("https://0x7f.example/", Target(True, "0x7f.example", 443, "/")),
    ],
)
def test_an_ordinary_url_is_read_and_let_through(url: str, target: Target) -> None:
    assert parse(url) == target
    assert fault(url) is None


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://example.com/", "example.com"),
        ("https://example.com:8443/", "example.com:8443"),
        ("http://example.com/", "example.com"),
        ("http://example.com:443/", "example.com:443"),
        ("https://[2606:4700::1]:8443/", "[2606:4700::1]:8443"),
    ],
)
def test_the_host_header_names_the_port_where_it_is_not_the_usual_one(url: str, authority: str) -> None:
    assert parse(url).authority == authority


def test_a_url_has_a_length() -> None:
    assert fault("https://example.com/" + "a" * 1_980) is None
    assert fault("https://example.com/" + "a" * 1_981)
    assert fault(f"https://{'a' * 63}.example.com/") is None
    assert fault(f"https://{'a' * 64}.example.com/")


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1:3000/", "http://localhost:3000/hooks", "http://10.0.0.5/", "http://[::1]:80/"),
        *(
            "https://192.168.1.4/",
            "http://shop.local/",
            "http://intranet/",
            "https://[fd12::1]/",
            "http://a.de:81/",
        ),
    ],
)
def test_the_operator_may_open_the_own_network(url: str) -> None:
    assert fault(url)
    assert fault(url, OPEN) is None


@pytest.mark.parametrize(
    "host",
    [
        *("169.254.169.254", "169.254.1.1", "100.100.100.200", "168.63.129.16", "[fd00:ec2::254]", "[fe80::1]"),
        *("[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "224.0.0.1", "0.0.0.0", "[::]"),
        *("255.255.255.255", "[ff02::1]", "[::127.0.0.1]", "0x7f.1", "2130706433"),
    ],
)
def test_what_nobody_needs_stays_closed_to_the_operator_too(host: str) -> None:
    assert fault(f"http://{host}/", OPEN)


EMBEDDING = ["::", "::ffff:0:0", "::ffff:0:0:0", "64:ff9b::", "64:ff9b:1::"]


@given(st.ip_addresses(v=4))
@example(IPv4Address("192.0.0.8"))
@example(IPv4Address("224.0.0.1"))
def test_python_would_not_let_through_what_we_do(address: IPv4Address) -> None:
    if GUARD.fault_of_address(address) is None:
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved


@given(st.ip_addresses(v=6))
@example(IPv6Address("fec0::1"))
@example(IPv6Address("3fff::1"))
@example(IPv6Address("2001:db8::1"))
def test_nor_in_ipv6(address: IPv6Address) -> None:
    if GUARD.fault_of_address(address) is None:
        assert address.is_global
        assert not (address.is_multicast)
        assert not (address.is_reserved)
        assert not (address.is_site_local)
        assert not (address.ipv4_mapped)
        assert not (address.sixtofour)
        assert not (address.teredo)


@given(st.ip_addresses(v=4), st.sampled_from(EMBEDDING))
@example(IPv4Address("8.8.8.8"), "64:ff9b::")
def test_no_address_that_stands_for_another_is_let_through(address: IPv4Address, prefix: str) -> None:
    embedded = IPv6Address(int(IPv6Address(prefix)) | int(address))
    assert GUARD.fault_of_address(embedded)
    assert GUARD.fault_of_address(IPv6Address((0x2002 << 112) | (int(address) << 80)))


@given(st.ip_addresses())
def test_most_public_addresses_are_let_through(address: IPv4Address | IPv6Address) -> None:
    public = IPv4Address(0x08000000 | int(address) & 0x00FFFFFF)  # 8.0.0.0/8
    assert GUARD.fault_of_address(public) is None
    assert GUARD.fault_of_address(ip_address((0x2606 << 112) | int(address) & (1 << 112) - 1)) is None


@given(st.text(alphabet=st.sampled_from("https:/.@[]#?%\\127loca0xf: "), max_size=40))
def test_whatever_is_typed_is_read_or_refused_with_a_sentence(text: str) -> None:
    assert fault(text) != ""
    assert fault(f"https://{text}/") != ""
