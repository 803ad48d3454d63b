"""Where webhooks may go: addresses are read strictly, and none may lead into the server's own network.

The tables follow IANA's registries of special-purpose addresses (RFC 6890) and the clouds' metadata services.
Python's `is_global` is not enough: it calls 64:ff9b::7f00:1, ::127.0.0.1, fec0::1 and all multicast global.
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple

URL_LENGTH_MAX: Final = 2_000
NAME_LENGTH_MAX: Final = 253
PORT_MAX: Final = 65_535
UNPRIVILEGED: Final = 1_024
"""Ports from here on may be anything; below them, 443 alone is the web's with TLS."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_PATH = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
URL_PATTERN: Final = (
    r"(https?)://(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::([1-9][0-9]{0,4}))?"
    rf"((?:/{_PATH})?(?:\?(?:{_PATH}|\?)*)?)"
)
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?", re.ASCII)
_NUMERIC = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*", re.ASCII)
"""A name whose last part looks like this is an address in one of its old spellings, not a name."""

_OWN_NAMES: Final = ("localhost", "localdomain", "local", "internal", "home.arpa")


class Target(NamedTuple):
    """A URL taken apart, once: what is connected to is what was checked."""

    is_secure: bool
    host: str
    """In lower case, an IPv6 address without its brackets."""
    port: int
    path: str
    """With the query, beginning with a slash."""

    @property
    def authority(self) -> str:
        """As the Host header has it."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.is_secure else 80) else f"{name}:{self.port}"

    @property
    def literal(self) -> Address | None:
        """The address that stands in place of a name."""
        try:
            return ip_address(self.host)
        except ValueError:
            return None


def parse(url: str) -> Target:
    """Take a URL apart. Raises ValueError on whatever another reader might read otherwise, with one sentence."""
    found = re.fullmatch(URL_PATTERN, url, re.ASCII)
    if found is None or len(url) > URL_LENGTH_MAX:
        if re.match("https?://[^/?#]*@", url):
            raise ValueError("Must not hold a user name or a password; use headers instead")
        raise ValueError("Expected an address such as https://example.com/hooks, in ASCII, without a fragment")
    scheme, host, port, path = found.groups()
    is_secure = scheme == "https"
    number = int(port) if port else (443 if is_secure else 80)
    if number > PORT_MAX:
        raise ValueError(f"There is no port {number}")
    if not path.startswith("/"):
        path = f"/{path}"
    return Target(is_secure, _parse_host(host), number, path)


def _parse_host(host: str) -> str:
    host = host.lower()
    if host.startswith("["):
        try:
            return str(IPv6Address(host[1:-1]))
        except ValueError:
            raise ValueError(f"{host} is no IPv6 address") from None
    labels = host.split(".")
    if _NUMERIC.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(host))
        except ValueError:
            raise ValueError(f"{host} is no IPv4 address in its usual form") from None
    if len(host) > NAME_LENGTH_MAX or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(f"{host} is no host name")
    return host


class Guard:
    """Decides where webhooks may go; with `allow_private` the operator lets them into the own network."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    def fault_of_target(self, target: Target) -> str | None:
        """Why a target cannot be right, in one sentence, as far as it is told without looking up its name."""
        if target.literal is not None and (fault := self.fault_of_address(target.literal)):
            return f"{target.host} is {fault}"
        if self._allow_private:
            return None
        if not target.is_secure:
            return "Must begin with https://"
        if target.port != 443 and target.port < UNPRIVILEGED:
            return f"Port {target.port} is not for webhooks; use 443, or {UNPRIVILEGED} and above"
        if target.literal is None and "." not in target.host:
            return f"{target.host} is no name on the internet"
        if any(target.host == name or target.host.endswith(f".{name}") for name in _OWN_NAMES):
            return f"{target.host} is no name on the internet"
        return None

    def fault_of_address(self, address: Address) -> str | None:
        """What forbids an address, as words that follow `is`; None where it may be connected to."""
        for network, words in _NEVER:
            if address in network:
                return words
        for network, words in _PRIVATE:
            if address in network:
                return None if self._allow_private else words
        if address.version == 6 and address not in _UNICAST:
            return "not a public address"
        return None


def _table(*entries: tuple[str, str]) -> list[tuple[Network, str]]:
    return [(ip_network(network), words) for network, words in entries]


_METADATA = "the metadata service of a cloud"
_DOCUMENTATION = "an address for documentation"

_UNICAST: Final = ip_network("2000::/3")
"""All that is given out of IPv6; mapped, compatible, NAT64, site-local and multicast addresses are not in it."""

_NEVER: Final = _table(
    ("169.254.169.254/32", _METADATA),
    ("100.100.100.200/32", _METADATA),  # Alibaba
    ("168.63.129.16/32", _METADATA),  # Azure, on a public address
    ("192.0.0.192/32", _METADATA),  # Oracle
    ("fd00:ec2::/32", _METADATA),  # AWS
    ("fd20:ce::/32", _METADATA),  # Google
    ("0.0.0.0/8", "the unspecified address"),
    ("169.254.0.0/16", "a link-local address"),
    ("192.0.0.0/24", "an address for protocols"),
    ("192.0.2.0/24", _DOCUMENTATION),
    ("198.51.100.0/24", _DOCUMENTATION),
    ("203.0.113.0/24", _DOCUMENTATION),
    ("192.88.99.0/24", "a 6to4 relay"),
    ("224.0.0.0/4", "a multicast address"),
    ("240.0.0.0/4", "a reserved address"),
    ("2001::/23", "an address for protocols"),  # Teredo, benchmarking, ORCHID
    ("2001:db8::/32", _DOCUMENTATION),
    ("3fff::/20", _DOCUMENTATION),
    ("2002::/16", "a 6to4 address, which stands for another one"),
    ("::ffff:0:0/96", "an IPv4 address in IPv6, which stands for another one"),
    ("64:ff9b::/96", "a NAT64 address, which stands for another one"),
    ("64:ff9b:1::/48", "a NAT64 address, which stands for another one"),
    ("fe80::/10", "a link-local address"),
    ("ff00::/8", "a multicast address"),
)
_PRIVATE: Final = _table(
    ("127.0.0.0/8", "the server itself"),
    ("10.0.0.0/8", "a private address"),
    ("172.16.0.0/12", "a private address"),
    ("192.168.0.0/16", "a private address"),
    ("100.64.0.0/10", "a provider's own address"),
    ("198.18.0.0/15", "an address for benchmarks"),
    ("::1/128", "the server itself"),
    ("fc00::/7", "a private address"),
)
