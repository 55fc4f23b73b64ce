"""The Service Description Document: what this Host offers, and where its OAuth endpoints are.

Source: Open Badges 3.0 section 6.3 and B.4.1, an OpenAPI 3.0 document with the standard's paths.
"""

from typing import TYPE_CHECKING, Any

from flask import url_for

from colnode.exchange import scopes

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["authorisation_metadata", "describe"]

_SCOPE_TEXTS = {
    scopes.CREDENTIAL_READ: "Permission to read OpenBadgeCredentials.",
    scopes.CREDENTIAL_UPSERT: "Permission to create or update OpenBadgeCredentials.",
    scopes.PROFILE_READ: "Permission to read the profile.",
    scopes.PROFILE_UPDATE: "Permission to update the profile.",
    scopes.OFFLINE: "Asks for a refresh token.",
}
_OPERATIONS = (
    ("/credentials", "get", "getCredentials", scopes.CREDENTIAL_READ),
    ("/credentials", "post", "upsertCredential", scopes.CREDENTIAL_UPSERT),
    ("/profile", "get", "getProfile", scopes.PROFILE_READ),
    ("/profile", "put", "putProfile", scopes.PROFILE_UPDATE),
    ("/discovery", "get", "getServiceDescription", None),
)


def describe(node: "Node") -> dict[str, Any]:
    """The document of this node, as a JSON object."""
    city, base = node.config.city.name, node.config.server.base_url
    terms, privacy = base + url_for("site.about"), base + url_for("site.privacy")
    token_url = base + url_for("api_hosting.token")
    scheme = {
        "type": "oauth2",
        "description": "OAuth 2.0 authorisation code grant with PKCE (S256)",
        "x-imssf-name": city,
        "x-imssf-privacyPolicyUrl": privacy,
        "x-imssf-registrationUrl": base + url_for("api_hosting.register"),
        "x-imssf-termsOfServiceUrl": terms,
        "flows": {
            "authorizationCode": {
                "tokenUrl": token_url,
                "authorizationUrl": base + url_for("programs.authorise"),
                "refreshUrl": token_url,
                "scopes": _SCOPE_TEXTS,
            }
        },
    }
    return {
        "openapi": "3.0.1",
        "info": {
            "title": city,
            "version": "3.0",
            "termsOfService": terms,
            "x-imssf-privacyPolicyUrl": privacy,
        },
        "servers": [{"url": f"{base}/ims/ob/v3p0"}],
        "paths": _paths(),
        "components": {"securitySchemes": {"OAuth2ACG": scheme}},
    }


def authorisation_metadata(node: "Node") -> dict[str, Any]:
    """The same for programs that know OAuth alone (RFC 8414 section 2)."""
    issuer = node.config.server.base_url
    endpoints = f"{issuer}/ims/ob/v3p0/oauth"
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + url_for("programs.authorise"),
        "token_endpoint": f"{endpoints}/token",
        "registration_endpoint": f"{endpoints}/register",
        "revocation_endpoint": f"{endpoints}/revoke",
        "scopes_supported": list(scopes.SUPPORTED),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "none",
        ],
        "authorization_response_iss_parameter_supported": True,
    }


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for path, method, name, scope in _OPERATIONS:
        operation: dict[str, Any] = {
            "operationId": name,
            "responses": {"200": {"description": "OK"}, "default": {"description": "An error"}},
        }
        if scope is not None:
            operation["security"] = [{"OAuth2ACG": [scope]}]
        paths.setdefault(path, {})[method] = operation
    return paths
