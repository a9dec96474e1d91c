"""Recognise loopback addresses."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is a loopback one, without a name lookup."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(address: str) -> str:
    """Return the host of an address with or without a port; an IPv6 one has brackets before a port."""
    return address.rpartition(":")[0].strip("[]") or address
