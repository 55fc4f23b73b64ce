"""Another site as seen by its client: what it describes, registering there, its badges by page.

Everything that comes back is somebody else's word: read strictly, within limits, never trusted to
name another place than https. Nothing here touches the database.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from colnode.errors import ColnodeError, Conflict, Invalid, Refused, Unavailable, Untrusted, _
from colnode.exchange import scopes
from colnode.openbadges import strict_json

if TYPE_CHECKING:
    from authlib.oauth2.client import OAuth2Client

    from colnode.http import GuardedClient, Response

__all__ = [
    "FETCHING",
    "SENDING",
    "Credentials",
    "RemotePage",
    "Service",
    "client_for",
    "fetch_name",
    "fetch_page",
    "give_back",
    "read_service",
    "register",
    "send",
]

API = "/ims/ob/v3p0"
_MOST_DESCRIPTION_BYTES = 500_000
_MOST_PAGE_BYTES = 20_000_000
_PAGE_SIZE = 50
FETCHING = (scopes.CREDENTIAL_READ, scopes.PROFILE_READ)
SENDING = (scopes.CREDENTIAL_UPSERT,)


@dataclass(frozen=True)
class Service:
    """What a site's service description says, every address checked for its form."""

    url: str
    name: str
    registration_url: str
    authorisation_url: str
    token_url: str
    revocation_url: str | None = None
    issuer: str | None = None

    @property
    def host(self) -> str:
        """Host and port, as people see it."""
        return urlsplit(self.url).netloc

    @property
    def sign_in_host(self) -> str:
        """Where the person is asked; often the same host."""
        return urlsplit(self.authorisation_url).netloc

    def as_json(self) -> dict[str, Any]:
        """The members as a JSON object."""
        return asdict(self)


@dataclass(frozen=True)
class Credentials:
    """What a site registered us as. A secret of None means that it knows us by id alone."""

    client_id: str
    secret: str | None


@dataclass(frozen=True)
class RemotePage:
    """Documents of one page as text, how many there are in all if known, whether more follow."""

    documents: Sequence[str]
    total: int | None
    has_more: bool


def read_service(http: "GuardedClient", address: str, *, own_url: str) -> Service:
    """Read the service description at an address that somebody typed (section 6.3).

    Raises Invalid (no address), Conflict (this node itself), Unavailable (no such service there),
    Untrusted (an answer that cannot be used).
    """
    base = _base(address)
    if base == own_url.rstrip("/").lower():
        raise Conflict(_("This is the address of this site. Your badges are here already."))
    answer = http.get(
        f"{base}{API}/discovery", accept="application/json", max_bytes=_MOST_DESCRIPTION_BYTES
    )
    host = urlsplit(base).netloc
    if answer.status != 200:
        raise Unavailable(_("{host} does not give its badges to other sites."), host=host)
    document = _object(answer.body, host)
    info = document.get("info")
    scheme = _member(document, "components", "securitySchemes", "OAuth2ACG")
    flow = _member(scheme, "flows", "authorizationCode")
    title = info.get("title") if isinstance(info, dict) else None
    return Service(
        url=base,
        name=_name(title) or host,
        registration_url=_endpoint(scheme.get("x-imssf-registrationUrl"), host),
        authorisation_url=_endpoint(flow.get("authorizationUrl"), host),
        token_url=_endpoint(flow.get("tokenUrl"), host),
        **_oauth_extras(http, base),
    )


def register(http: "GuardedClient", service: Service, *, name: str, own_url: str) -> Credentials:
    """Register this node as a client (RFC 7591 section 3.1). Raises Unavailable and Untrusted."""
    answer = http.post_json(
        service.registration_url,
        {
            "client_name": name,
            "client_uri": own_url,
            "redirect_uris": [return_url(own_url)],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic",
            "scope": " ".join((*FETCHING, *SENDING)),
        },
        max_bytes=100_000,
    )
    if answer.status not in (200, 201):
        raise Unavailable(_("{host} does not let this site in."), host=service.host)
    document = _object(answer.body, service.host)
    client_id, secret = document.get("client_id"), document.get("client_secret")
    if not _is_word(client_id) or not (secret is None or _is_word(secret)):
        raise Untrusted(_("The answer of {host} cannot be used."), host=service.host)
    return Credentials(str(client_id), secret)


def return_url(own_url: str) -> str:
    """Where other sites send people back to."""
    return f"{own_url}/my-badges/from-another-site/back"


def client_for(http: "GuardedClient", credentials: Credentials, *, own_url: str) -> "OAuth2Client":
    """Authlib's client, over the guarded HTTP client, with S256."""
    from authlib.oauth2.client import OAuth2Client

    from colnode.exchange.oauth_session import GuardedSession

    return OAuth2Client(
        GuardedSession(http),
        client_id=credentials.client_id,
        client_secret=credentials.secret,
        redirect_uri=return_url(own_url),
        code_challenge_method="S256",
    )


def fetch_name(http: "GuardedClient", service: Service, token: str) -> str | None:
    """What the person is called there (getProfile, section 6.2.4); None when nobody says."""
    try:
        answer = http.get(
            f"{service.url}{API}/profile",
            accept="application/json",
            max_bytes=_MOST_DESCRIPTION_BYTES,
            headers={"Authorization": f"Bearer {token}"},
        )
        name = _object(answer.body, service.host).get("name") if answer.status == 200 else None
    except ColnodeError:
        return None
    return _name(name) or None


def fetch_page(http: "GuardedClient", service: Service, token: str, *, offset: int) -> RemotePage:
    """One page of the person's badges (getCredentials, sections 6.2.2 and 6.4).

    Raises Refused when the token does not count, Unavailable and Untrusted.
    """
    query = urlencode({"limit": _PAGE_SIZE, "offset": offset})
    answer = http.get(
        f"{service.url}{API}/credentials?{query}",
        accept="application/json",
        max_bytes=_MOST_PAGE_BYTES,
        timeout_seconds=60,
        headers={"Authorization": f"Bearer {token}"},
    )
    if answer.status in (401, 403):
        raise Refused(_("{host} does not give the badges any more."), host=service.host)
    if answer.status != 200:
        raise Unavailable(
            _("{host} answered with status {status}."), host=service.host, status=answer.status
        )
    documents = _documents(answer.body, service.host)
    total = _total(answer)
    follows = 'rel="next"' in answer.headers.get("Link", "")
    seen = offset + len(documents)
    return RemotePage(documents, total, bool(documents) and (follows or seen < (total or 0)))


def send(http: "GuardedClient", service: Service, token: str, document: str) -> bool:
    """Leave a badge there (upsertCredential, section 6.2.3); whether it was new to that site.

    Raises Refused when the site does not take it, Unavailable and Untrusted.
    """
    media_type = "application/json" if document.startswith("{") else "text/plain"
    answer = http.post_text(
        f"{service.url}{API}/credentials",
        document,
        max_bytes=_MOST_PAGE_BYTES,
        timeout_seconds=60,
        headers={"Authorization": f"Bearer {token}", "Content-Type": media_type},
    )
    if answer.status not in (200, 201):
        raise Refused(
            _("{host} did not take the badge: it answered with status {status}."),
            host=service.host,
            status=answer.status,
        )
    return answer.status == 201


def give_back(
    http: "GuardedClient", service: Service, credentials: Credentials, token: str
) -> None:
    """Tell the site that the token is not needed any more (RFC 7009); if that fails, it ends."""
    if service.revocation_url is None:
        return
    client = client_for(http, credentials, own_url="")
    try:
        client.revoke_token(service.revocation_url, token=token)
    except ColnodeError:
        return


def _base(address: str) -> str:
    """Scheme, host and whatever stands before the standard's path. Raises Invalid."""
    typed = address.strip()
    whole = typed if "://" in typed else f"https://{typed}"
    try:
        parts = urlsplit(whole)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname)
        is_good = is_good and parts.username is None and (parts.port or 1) > 0
    except ValueError:
        is_good = False
    if not is_good or len(typed) > 300:
        raise Invalid(_("{address} is not the address of a site."), None, address=typed[:100])
    path = parts.path.partition("/ims/")[0].rstrip("/")
    return f"{parts.scheme}://{parts.netloc.lower()}{path}"


def _oauth_extras(http: "GuardedClient", base: str) -> dict[str, str | None]:
    """Where tokens are given back, and the issuer if it signs its answers with it (RFC 8414)."""
    nothing: dict[str, str | None] = {}
    host = urlsplit(base).netloc
    try:
        answer = http.get(
            f"{base}/.well-known/oauth-authorization-server",
            accept="application/json",
            max_bytes=_MOST_DESCRIPTION_BYTES,
        )
        if answer.status != 200:
            return nothing
        document = _object(answer.body, host)
        names_itself = document.get("authorization_response_iss_parameter_supported") is True
        return {
            "revocation_url": _endpoint(document.get("revocation_endpoint"), host),
            "issuer": _endpoint(document.get("issuer"), host) if names_itself else None,
        }
    except ColnodeError:
        return nothing


def _object(data: bytes, host: str) -> dict[str, Any]:
    try:
        value = strict_json.loads(data, max_bytes=_MOST_PAGE_BYTES)
    except strict_json.StrictJsonError as error:
        raise Untrusted(_("The answer of {host} cannot be read."), host=host) from error
    if not isinstance(value, dict):
        raise Untrusted(_("The answer of {host} cannot be read."), host=host)
    return value


def _member(document: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    value: Any = document
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _endpoint(value: object, host: str) -> str:
    """An address that a description names; the guarded client decides whether it is asked."""
    parts = urlsplit(value) if isinstance(value, str) and len(value) <= 500 else None
    plain = _is_word(value) and not set(str(value)) & set(" \"'<>\\;,")
    if parts is None or not plain or parts.scheme not in {"https", "http"} or not parts.hostname:
        raise Untrusted(_("{host} does not say where its badges can be asked for."), host=host)
    if parts.fragment or parts.username is not None:
        raise Untrusted(_("{host} does not say where its badges can be asked for."), host=host)
    return str(value)


def _documents(body: bytes, host: str) -> list[str]:
    document = _object(body, host)
    signed, compact = document.get("credential", []), document.get("compactJwsString", [])
    if not isinstance(signed, list) or not isinstance(compact, list):
        raise Untrusted(_("The answer of {host} cannot be read."), host=host)
    found = [json.dumps(item, ensure_ascii=False) for item in signed if isinstance(item, dict)]
    return found + [item for item in compact if isinstance(item, str)]


def _total(answer: "Response") -> int | None:
    text = answer.headers.get("X-Total-Count", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None


def _name(value: object) -> str:
    """A title as plain text: what is not printable goes, and it stays short."""
    if not isinstance(value, str):
        return ""
    return "".join(sign for sign in value if sign.isprintable()).strip()[:80]


def _is_word(value: object) -> bool:
    is_short = isinstance(value, str) and 1 <= len(value) <= 1000
    return is_short and str(value).isascii() and str(value).isprintable()
