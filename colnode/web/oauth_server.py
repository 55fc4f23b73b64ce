"""OAuth 2.0 as Authlib speaks it, over the verbs of colnode.exchange. No protocol of our own.

Imported when a program first asks: Authlib costs a page that needs none of it. What is stricter
than Authlib's defaults: S256 alone and for everybody (RFC 7636, RFC 9700 section 2.1.1), a state,
exact addresses to return to, the issuer in every answer (RFC 9207).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import ClientMixin, InvalidRequestError, TokenMixin, scope_to_list
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7591 import ClientMetadataClaims, ClientRegistrationEndpoint
from authlib.oauth2.rfc7591.errors import InvalidClientMetadataError, InvalidRedirectURIError
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from flask import Response, request

from colnode.errors import Invalid
from colnode.exchange import clients, grants, scopes
from colnode.exchange.clients import Registered
from colnode.identity import people
from colnode.identity.passwords import new_secret
from colnode.web.auth import current_node

__all__ = [
    "AUTH_METHODS",
    "GRANT_TYPES",
    "OAuth2Error",
    "make_server",
    "refused",
    "registration_error",
]

AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
GRANT_TYPES = ("authorization_code", "refresh_token")


class _Client(ClientMixin):
    """A registered program in the words of Authlib."""

    def __init__(self, client: Any) -> None:
        self.stored = client
        self.client_id: str = client.id

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """None: the address to return to is always named, so that it can be compared."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What was asked, if all of it was registered; None refuses."""
        wanted = scope_to_list(scope) or [*self.stored.scopes]
        return " ".join(wanted) if set(wanted) <= set(self.stored.scopes) else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.stored.redirect_urls

    def check_client_secret(self, client_secret: str) -> bool:
        return clients.is_secret_of(self.stored, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return bool(method == self.stored.auth_method)

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.stored.grant_types


class _Code:
    """An authorisation code in the words of Authlib."""

    def __init__(self, code: Any) -> None:
        self.stored = code
        self.code_challenge: str = code.challenge
        self.code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        return str(self.stored.redirect_url)

    def get_scope(self) -> str:
        return " ".join(self.stored.scopes)


class _Token(TokenMixin):
    """A pair of tokens in the words of Authlib."""

    def __init__(self, token: Any, client_id: str) -> None:
        self.stored = token
        self.client_id = client_id

    def check_client(self, client: _Client) -> bool:
        return self.client_id == client.client_id

    def get_scope(self) -> str:
        return " ".join(self.stored.scopes)


class _CodeGrant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = list(AUTH_METHODS)

    def generate_authorization_code(self) -> str:
        return new_secret()

    def save_authorization_code(self, code: str, request: Any) -> None:
        grants.save_code(
            current_node(),
            code,
            client_id=request.client.client_id,
            person_id=request.user.id,
            redirect_url=request.payload.redirect_uri,
            scopes=scope_to_list(request.scope),
            challenge=request.payload.data["code_challenge"],
        )

    def query_authorization_code(self, code: str, client: _Client) -> _Code | None:
        found = grants.find_code(current_node(), code, client_id=client.client_id)
        return _Code(found) if found else None

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        """The code was spent when the tokens were saved; its row notices a second use."""

    def authenticate_user(self, authorization_code: _Code) -> Any:
        return _active(authorization_code.stored.person_id)


class _RefreshGrant(RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = list(AUTH_METHODS)
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> _Token | None:
        node = current_node()
        found = grants.find_token(node, refresh_token, refresh_only=True)
        if found is None:
            return None
        token = _Token(found, grants.client_of(node, found))
        if found.ended_at is not None:
            if token.check_client(self.request.client):
                grants.note_reuse(node, found.grant_id)
            return None
        return token if found.refresh_until > node.clock.now() else None

    def authenticate_user(self, refresh_token: _Token) -> Any:
        return _active(grants.person_of(current_node(), refresh_token.stored))

    def revoke_old_credential(self, refresh_token: _Token) -> None:
        """The old pair ended when the new one was saved."""


class _StrictChallenge(CodeChallenge):
    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("state"):
            raise InvalidRequestError("Missing 'state' in request.")
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("A 'code_challenge' with the method S256 is needed.")
        super().validate_code_challenge(grant, redirect_uri)


class _Issuer(IssuerParameter):
    def get_issuer(self) -> str:
        return current_node().config.server.base_url


class _Metadata(ClientMetadataClaims):
    """What is kept of a program's description; contacts and pictures are not."""

    REGISTERED_CLAIMS = [
        "redirect_uris",
        "token_endpoint_auth_method",
        "grant_types",
        "response_types",
        "client_name",
        "client_uri",
        "scope",
    ]

    def validate(self, now: Any = None, leeway: int = 0) -> None:
        self.setdefault("grant_types", ["authorization_code"])
        self.setdefault("response_types", ["code"])
        self["scope"] = self.get("scope") or " ".join(scopes.DEFAULT)
        super().validate(now, leeway)


class _Registration(ClientRegistrationEndpoint):
    def __init__(self, server: Any = None) -> None:
        super().__init__(server, [_Metadata])
        self.registered: Registered | None = None

    def authenticate_token(self, request: Any) -> bool:
        return True  # open to every program, up to a limit (RFC 7591 section 3)

    def get_server_metadata(self) -> Mapping[str, Sequence[str]]:
        return {
            "scopes_supported": list(scopes.SUPPORTED),
            "response_types_supported": ["code"],
            "grant_types_supported": list(GRANT_TYPES),
            "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        }

    def extract_client_metadata(self, request: Any) -> dict[str, Any]:
        _check_types(request.payload.data)
        metadata: dict[str, Any] = super().extract_client_metadata(request)
        return metadata

    def generate_client_info(self, request: Any) -> dict[str, Any]:
        """Made with the program itself, when it is saved."""
        return {}

    def save_client(self, info: Any, metadata: dict[str, Any], asked: Any) -> Any:
        self.registered = clients.register(
            current_node(),
            name=metadata.get("client_name", ""),
            url=metadata.get("client_uri"),
            redirect_urls=metadata.get("redirect_uris", []),
            scopes=scope_to_list(metadata["scope"]),
            grant_types=metadata["grant_types"],
            auth_method=metadata["token_endpoint_auth_method"],
            asker=request.remote_addr or "",
        )
        return self.registered.client

    def generate_client_registration_info(self, client: Any, request: Any) -> dict[str, Any]:
        """Id and secret; the secret is told this once (RFC 7591 section 3.2.1)."""
        told = {"client_id": client.id, "client_id_issued_at": int(client.created_at.timestamp())}
        if self.registered is None or self.registered.secret is None:
            return told
        return told | {"client_secret": self.registered.secret, "client_secret_expires_at": 0}


class _Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = list(AUTH_METHODS)

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Token | None:
        node = current_node()
        found = grants.find_token(node, token_string)
        return _Token(found, grants.client_of(node, found)) if found else None

    def revoke_token(self, token: _Token, request: Any) -> None:
        grants.end_token(current_node(), token.stored)


def make_server() -> AuthorizationServer:
    """An authorisation server for the node of the current request."""
    server = AuthorizationServer()
    server.init_app(_NoSettings(), query_client=_query_client, save_token=_save_token)
    server.scopes_supported = list(scopes.SUPPORTED)
    server.register_token_generator(
        "default",
        BearerTokenGenerator(
            lambda **_words: grants.ACCESS_PREFIX + new_secret(),
            lambda **_words: new_secret(),
            grants.ACCESS_SECONDS,
        ),
    )
    server.register_grant(_CodeGrant, [_StrictChallenge(required=True)])
    server.register_grant(_RefreshGrant)
    server.register_endpoint(_Registration)
    server.register_endpoint(_Revocation)
    server.register_extension(_Issuer())
    return server


def refused(server: AuthorizationServer, error: OAuth2Error) -> Response | None:
    """Send the browser back to the program with what is wrong with its request.

    None when nobody knows which program it is or where it would be sent (RFC 6749 4.1.2.1).
    """
    if not error.redirect_uri:
        return None
    response: Response = server.handle_error_response(request, error)
    _Issuer().add_issuer_parameter(server, response)
    return response


def registration_error(error: Invalid) -> Response:
    """Why a program was not registered, as RFC 7591 section 3.2.2 says it."""
    is_redirect = "redirect_uris" in error.fields
    kind = InvalidRedirectURIError if is_redirect else InvalidClientMetadataError
    status, body, headers = kind(description=str(error))()
    return Response(json.dumps(dict(body)), status=status, headers=dict(headers))


class _NoSettings:
    """Authlib reads its settings from an application; here the node decides."""

    config: dict[str, Any] = {}


def _query_client(client_id: str) -> _Client | None:
    found = clients.find(current_node(), client_id)
    return _Client(found) if found else None


def _save_token(token: Mapping[str, Any], request: Any) -> None:
    """Keep what was just made: from a code that is spent now, or instead of an older pair."""
    node = current_node()
    old = getattr(request, "refresh_token", None)
    code = getattr(request, "authorization_code", None)
    if old is not None:
        grant = grants.get_grant(node, old.stored.grant_id)
    else:
        assert code is not None
        grant = grants.spend_code(node, code.stored)
    grants.save_tokens(
        node,
        grant,
        access=token["access_token"],
        refresh=token.get("refresh_token"),
        scopes=scope_to_list(token["scope"]),
        instead_of=old.stored if old is not None else None,
    )


def _active(person_id: str) -> Any:
    person = people.get_person(current_node(), person_id)
    return person if person.is_active else None


def _check_types(data: object) -> None:
    """Refuse metadata that is not of the types of RFC 7591 section 2; Authlib expects them."""
    if not isinstance(data, dict):
        raise InvalidClientMetadataError(description="The metadata is one JSON object.")
    for name in ("redirect_uris", "grant_types", "response_types"):
        value = data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise InvalidClientMetadataError(description=f"'{name}' is a list of texts.")
    for name in ("client_name", "client_uri", "scope", "token_endpoint_auth_method"):
        if not isinstance(data.get(name, ""), str):
            raise InvalidClientMetadataError(description=f"'{name}' is a text.")
