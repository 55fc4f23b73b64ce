"""Which IP addresses are on the public internet, in whatever form they are written."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

__all__ = ["is_loopback", "is_public"]

# IANA special-purpose address registries (RFC 6890 and later), written out because what
# `ipaddress` calls global differs between Python versions and counts multicast as global.
_CLOSED_4 = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_UNICAST_6 = ip_network("2000::/3")
_CLOSED_6 = tuple(ip_network(block) for block in ("2001::/23", "2001:db8::/32", "3fff::/20"))
_NAT64 = ip_network("64:ff9b::/96")
_ISATAP_MARKS = (0x00005EFE, 0x02005EFE)


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet, whatever form it hides in.

    An IPv6 address that carries an IPv4 one (mapped, 6to4, NAT64, ISATAP) is as public as the
    address inside; Teredo is refused with the rest of 2001::/23.
    """
    ip = ip_address(address)
    if isinstance(ip, IPv4Address):
        return not any(ip in block for block in _CLOSED_4)
    if ip.scope_id is not None:
        return False
    inner = _embedded(ip)
    if inner is not None and not is_public(str(inner)):
        return False
    if ip.ipv4_mapped is not None or ip in _NAT64:
        return True
    return ip in _GLOBAL_UNICAST_6 and not any(ip in block for block in _CLOSED_6)


def _embedded(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 one (RFC 4291, 3056, 6052 and 5214), if there is one."""
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip in _NAT64 or (int(ip) >> 32) & 0xFFFFFFFF in _ISATAP_MARKS:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def is_loopback(address: str) -> bool:
    """Whether an IP address is this machine's own (127.0.0.0/8, ::1)."""
    ip = ip_address(address)
    inner = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return (inner or ip).is_loopback
