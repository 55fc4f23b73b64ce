"""What a person can allow a program: the four scopes of the Open Badges 3.0 API.

Source: Open Badges 3.0 section 6.2.1. Each scope is one permission of this node (web/auth.py).
"""

from collections.abc import Iterable, Mapping

__all__ = ["CREDENTIAL_READ", "DEFAULT", "OFFLINE", "PERMISSIONS", "SUPPORTED", "permissions_of"]

_BASE = "https://purl.imsglobal.org/spec/ob/v3p0/scope/"
CREDENTIAL_READ = f"{_BASE}credential.readonly"
CREDENTIAL_UPSERT = f"{_BASE}credential.upsert"
PROFILE_READ = f"{_BASE}profile.readonly"
PROFILE_UPDATE = f"{_BASE}profile.update"
OFFLINE = "offline_access"
"""Asks for a refresh token; it opens no endpoint."""

PERMISSIONS: Mapping[str, str] = {
    CREDENTIAL_READ: "exchange.badges.read",
    CREDENTIAL_UPSERT: "exchange.badges.add",
    PROFILE_READ: "exchange.profile.read",
    PROFILE_UPDATE: "exchange.profile.change",
}
SUPPORTED = (*PERMISSIONS, OFFLINE)
DEFAULT = (CREDENTIAL_READ, PROFILE_READ)
"""What a program gets that names no scope (RFC 6749 section 3.3): reading alone."""


def permissions_of(scopes: Iterable[str]) -> frozenset[str]:
    """The permissions that scopes give; unknown ones give none."""
    return frozenset(PERMISSIONS[scope] for scope in scopes if scope in PERMISSIONS)
