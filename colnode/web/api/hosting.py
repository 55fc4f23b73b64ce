"""The Open Badges 3.0 API at /ims/ob/v3p0, with this node as Host, and its OAuth endpoints.

Source: Open Badges 3.0 sections 6 (API) and 7 (security). Errors are Imsx_StatusInfo documents
(section B.3.1, web/errors.py), those of OAuth what its RFCs say.
"""

import json as json_text
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request, url_for
from pydantic import AwareDatetime, BaseModel, Field

from colnode.errors import Invalid, _
from colnode.exchange import hosting, keeping
from colnode.exchange.keeping import Kept
from colnode.web.api.service_description import describe
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person_id, reads_only, require

if TYPE_CHECKING:
    from authlib.integrations.flask_oauth2 import AuthorizationServer

    from colnode.node import Node

__all__ = ["bp"]

bp = Blueprint("api_hosting", __name__)

_JSON = "application/json"
_TEXT = "text/plain"
_DOCUMENT_TYPES = {_JSON, "application/vc+ld+json", "application/vc", "application/ld+json"}


class CredentialsQuery(BaseModel):
    """Which badges: a page of them, and only those given after a time."""

    limit: int = Field(hosting.MOST_A_PAGE, ge=1)
    offset: int = Field(0, ge=0, le=1_000_000)
    since: AwareDatetime | None = None


class CredentialsPage(BaseModel):
    """GetOpenBadgeCredentialsResponse (section B.2.1)."""

    credential: list[dict[str, Any]] = []
    compactJwsString: list[str] = []


@bp.after_request
def _open_to_browsers(response: Response) -> Response:
    """Programs in a browser ask from their own site; tokens, not cookies, say who they are."""
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = "Link, X-Total-Count, Retry-After, WWW-Authenticate"
    if request.endpoint != "api_hosting.discovery":
        headers["Cache-Control"] = "no-store"
    return response


@bp.route("/discovery")
@require("public.read")
def discovery() -> Response:
    """Describe the service (getServiceDescription, section 6.3.1)."""
    response = Response(json_text.dumps(describe(current_node())), content_type=_JSON)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@bp.route("/credentials")
@require("exchange.badges.read")
@operation(tag="open badges host", query=CredentialsQuery, response=CredentialsPage)
def get_credentials(query: CredentialsQuery) -> Response:
    """Give the person's badges page by page (getCredentials, section 6.2.2)."""
    limit = min(query.limit, hosting.MOST_A_PAGE)
    page = hosting.list_page(
        current_node(), current_person_id(), limit=limit, offset=query.offset, since=query.since
    )
    response = Response(_as_body(page.documents), content_type=_JSON)
    response.headers["X-Total-Count"] = str(page.total)
    response.headers["Link"] = _links(limit, query.offset, page.total, query.since)
    return response


@bp.route("/credentials", methods=["POST"])
@require("exchange.badges.add")
@reads_only
def upsert_credential() -> Response:
    """Take a badge, or a newer version of one (upsertCredential, section 6.2.3).

    It is verified, which asks other machines, while nothing is locked; then it is stored.
    """
    node, person_id = current_node(), current_person_id()
    media_type = request.mimetype
    if media_type not in _DOCUMENT_TYPES | {_TEXT}:
        raise Invalid(_("Send a badge as application/json, or a JWT as text/plain."))
    document = request.get_data()
    checked = keeping.check(node, document)
    if checked.is_jwt != (media_type == _TEXT):
        raise Invalid(_("Send a badge as application/json, or a JWT as text/plain."))
    is_new = keeping.foresee(node, checked, person_id=person_id) is Kept.NEW
    node.at_end(partial(_keep, node, checked, person_id))
    status = 201 if is_new else 200
    return Response(document, status=status, content_type=_TEXT if checked.is_jwt else _JSON)


def _keep(node: "Node", checked: keeping.Checked, person_id: str) -> None:
    keeping.keep(node, checked, person_id=person_id)


@bp.route("/profile")
@require("exchange.profile.read")
def get_profile() -> Response:
    """Give the person's Profile (getProfile, section 6.2.4)."""
    document = hosting.get_profile(current_node(), current_person_id())
    return Response(json_text.dumps(document, ensure_ascii=False), content_type=_JSON)


@bp.route("/profile", methods=["PUT"])
@require("exchange.profile.change")
def put_profile() -> Response:
    """Keep a Profile for the person's programs (putProfile, section 6.2.5)."""
    stored = hosting.put_profile(current_node(), current_person_id(), request.get_data())
    return Response(json_text.dumps(stored, ensure_ascii=False), content_type=_JSON)


@bp.route("/oauth/register", methods=["POST"])
@require("public.read")
def register() -> Response:
    """Register a program (RFC 7591 section 3.1)."""
    from colnode.web.oauth_server import registration_error

    try:
        answer: Response = _server().create_endpoint_response("client_registration")
    except Invalid as error:
        return registration_error(error)
    return answer


@bp.route("/oauth/token", methods=["POST"])
@require("public.read")
def token() -> Response:
    """Give tokens for a code or a refresh token (RFC 6749 sections 4.1.3 and 6)."""
    answer: Response = _server().create_token_response()
    return answer


@bp.route("/oauth/revoke", methods=["POST"])
@require("public.read")
def revoke() -> Response:
    """End what a token allows (RFC 7009 section 2.1)."""
    answer: Response = _server().create_endpoint_response("revocation")
    return answer


def _server() -> "AuthorizationServer":
    from colnode.web.oauth_server import make_server

    return make_server()


def _as_body(documents: Sequence[str]) -> str:
    """The documents as they were signed, each byte of them."""
    signed = ",".join(item for item in documents if item.startswith("{"))
    compact = json_text.dumps([item for item in documents if not item.startswith("{")])
    return f'{{"credential":[{signed}],"compactJwsString":{compact}}}'


def _links(limit: int, offset: int, total: int, since: datetime | None) -> str:
    """The Link header (section 6.4): first and last always, next and prev where there is one."""
    last = max(0, (total - 1) // limit * limit)
    offsets = {"first": 0, "last": last}
    if offset + limit < total:
        offsets["next"] = offset + limit
    if offset > 0:
        offsets["prev"] = max(0, offset - limit)
    wanted: dict[str, Any] = {"limit": limit}
    if since is not None:
        wanted["since"] = since.isoformat()
    base = current_node().config.server.base_url
    return ", ".join(
        f'<{base}{url_for("api_hosting.get_credentials", offset=place, **wanted)}>; rel="{name}"'
        for name, place in offsets.items()
    )
