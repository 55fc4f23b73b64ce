"""The e-mail addresses of one's account over the API. They stand in bodies, never in a URL."""

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode.identity import links, people
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person_id, require

__all__ = ["bp"]

bp = Blueprint("api_addresses", __name__)


class Address(BaseModel):
    """An e-mail address."""

    address: str = Field(min_length=3, max_length=254)


@bp.route("/me/emails", methods=["POST"])
@require("account.use")
@operation(tag="account", body=Address, status=204)
def add(json: Address) -> None:
    """Mail a link that adds the address to the account once it is opened there."""
    links.request_address(current_node(), current_person_id(), email=json.address)


@bp.route("/me/emails/primary", methods=["POST"])
@require("account.use")
@operation(tag="account", body=Address, status=204)
def make_primary(json: Address) -> None:
    """Choose the proven address that mail goes to."""
    people.make_primary(current_node(), current_person_id(), json.address)


@bp.route("/me/emails/remove", methods=["POST"])
@require("account.use")
@operation(tag="account", body=Address, status=204)
def remove(json: Address) -> None:
    """Take an address off the account; the last proven one stays."""
    people.remove_email(current_node(), current_person_id(), json.address)
