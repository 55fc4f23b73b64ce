"""What links by e-mail do: sign in, confirm an address, join the city or an organisation.

A link is looked at with GET and used with POST, because mail scanners open every address.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from colnode.errors import Conflict, Forbidden, Invalid, Refused, Throttled, _
from colnode.host.types import Role
from colnode.identity import memberships, merging, messages, onetime, people, throttle
from colnode.identity.models import (
    LinkPurpose,
    MailLink,
    Organisation,
    OrganisationStatus,
    Person,
    PersonEmail,
)
from colnode.identity.passwords import check_strength, hash_password
from colnode.identity.validation import email_address, line

if TYPE_CHECKING:
    from colnode.db import LangMap
    from colnode.node import Node

__all__ = [
    "LinkPurpose",
    "LinkView",
    "UsedLink",
    "create_first_admin_link",
    "invite_to_city",
    "look_at_link",
    "request_account",
    "request_address",
    "request_link",
    "request_merge",
    "use_link",
]


@dataclass(frozen=True)
class LinkView:
    """What a link will do, before it is used. `needs_account`: who uses it becomes a new person."""

    purpose: LinkPurpose
    email: str
    needs_account: bool
    organisation_id: str | None = None
    organisation_name: "LangMap | None" = None
    role: Role | None = None


@dataclass(frozen=True)
class UsedLink:
    """What a link did. `signs_in` says whether the browser is that person's from now on."""

    purpose: LinkPurpose
    person: Person
    signs_in: bool
    organisation_id: str | None = None


def request_account(
    node: "Node",
    *,
    email: str,
    display_name: str,
    password: str | None,
    language: str,
    client: str,
) -> str | None:
    """Sign up from outside; the answer is the same whether or not the address has an account.

    A new address gets a mail to confirm it, a known one a mail with a link to sign in. Returns
    the id of the new person, for the browser's own cookie only. Raises Invalid, Refused and
    Throttled.
    """
    throttle.check(node, throttle.LINK_FROM, client)
    throttle.count(node, throttle.LINK_FROM, client)
    address = email_address(email)
    known = people.find_by_email(node, address)
    if known is None:
        if not _may_mail(node, address):
            return None
        person = people.sign_up(
            node, email=email, display_name=display_name, password=password, language=language
        )
        return person.id
    _refuse_unless_open(node)
    line(display_name, field="display_name")
    if password is not None:  # the same checks and the same time as for a new address
        check_strength(password, known_words=[address, display_name, node.config.city.name])
        hash_password(password)
    if _may_mail(node, address):
        token = onetime.issue(node, LinkPurpose.SIGN_IN, email=address, person_id=known.id)
        messages.send_account_exists(node, to=address, language=known.language, token=token)
    return None


def _refuse_unless_open(node: "Node") -> None:
    if node.config.accounts.sign_up != "open":
        raise Refused(_("This city does not open new accounts at the moment."))


def request_link(
    node: "Node", *, email: str, client: str, purpose: LinkPurpose = LinkPurpose.SIGN_IN
) -> None:
    """Mail a link to sign in. Says nothing about whether the address is known.

    Raises Invalid for what is no address and Throttled for a client who asks too often.
    """
    address = email_address(email)
    throttle.check(node, throttle.LINK_FROM, client)
    throttle.count(node, throttle.LINK_FROM, client)
    held = node.db.get(PersonEmail, address)
    if held is None or not held.person.is_active or not _may_mail(node, address):
        return
    person = held.person
    if held.proven_at is None:
        token = onetime.issue(node, LinkPurpose.SIGN_UP, email=address, person_id=person.id)
        messages.send_confirmation(
            node, to=address, language=person.language, name=person.display_name, token=token
        )
        return
    token = onetime.issue(node, purpose, email=address, person_id=person.id)
    messages.send_sign_in(node, to=address, language=person.language, token=token)


def _may_mail(node: "Node", address: str) -> bool:
    """Whether this address may get another mail now; too many go nowhere, without a word."""
    try:
        throttle.check(node, throttle.LINK_TO, address)
    except Throttled:
        return False
    throttle.count(node, throttle.LINK_TO, address)
    return True


def request_address(node: "Node", person_id: str, *, email: str) -> None:
    """Mail a link that adds one more address to a person's account. Raises Invalid."""
    address = email_address(email)
    person = people.get_person(node, person_id)
    if any(item.address == address and item.proven_at for item in person.emails):
        message = _("This address is on your account already.")
        raise Invalid(message, fields={"email": message})
    if not _may_mail(node, address):
        return
    token = onetime.issue(node, LinkPurpose.ADD_EMAIL, email=address, person_id=person_id)
    messages.send_add_email(node, to=address, language=person.language, token=token)


def request_merge(node: "Node", person_id: str, *, email: str) -> None:
    """Mail a link that merges the account of an address into this person's.

    Says nothing about whether there is such an account. Raises Invalid for what is no address.
    """
    address = email_address(email)
    person = people.get_person(node, person_id)
    other = people.find_by_email(node, address)
    if other is None or other.id == person_id or not _may_mail(node, address):
        return
    token = onetime.issue(node, LinkPurpose.MERGE_ACCOUNTS, email=address, person_id=person_id)
    messages.send_merge(
        node, to=address, language=other.language, name=person.display_name, token=token
    )


def invite_to_city(node: "Node", *, email: str, language: str | None = None) -> str:
    """Mail an invitation to open an account; returns the token of its link. Raises Invalid."""
    address = email_address(email)
    token = onetime.issue(node, LinkPurpose.JOIN_CITY, email=address)
    messages.send_city_invitation(
        node, to=address, language=language or node.config.main_language, token=token
    )
    return token


def create_first_admin_link(node: "Node") -> str:
    """The path of a link that makes whoever opens it the city's first admin; it works once."""
    return f"/link/{onetime.issue(node, LinkPurpose.FIRST_ADMIN)}"


def look_at_link(node: "Node", token: str) -> LinkView:
    """What a link will do. Raises Gone for one that was used or is too old."""
    link = onetime.look(node, token)
    purpose = LinkPurpose(link.purpose)
    organisation = node.db.get(Organisation, link.organisation_id) if link.organisation_id else None
    joins = purpose in {LinkPurpose.JOIN_CITY, LinkPurpose.JOIN_ORGANISATION}
    return LinkView(
        purpose=purpose,
        email=link.email,
        needs_account=purpose == LinkPurpose.FIRST_ADMIN
        or (joins and people.find_by_email(node, link.email) is None),
        organisation_id=link.organisation_id,
        organisation_name=organisation.name if organisation else None,
        role=Role(link.role) if link.role else None,
    )


def use_link(
    node: "Node",
    token: str,
    *,
    person_id: str | None = None,
    signed_up_id: str | None = None,
    email: str | None = None,
    display_name: str | None = None,
    password: str | None = None,
    language: str | None = None,
) -> UsedLink:
    """Use a link up.

    `person_id` is who is signed in, `signed_up_id` who signed up in this very browser: anybody
    else who confirms an address takes the account without the password that was chosen for it,
    so nobody can prepare an account for somebody else's address. `email`, `display_name`,
    `password` and `language` are for links that open an account. Raises Gone, Invalid, Conflict,
    Forbidden.
    """
    link = onetime.spend(node, token)
    purpose = LinkPurpose(link.purpose)
    if purpose == LinkPurpose.MERGE_ACCOUNTS:
        merged = merging.merge_by_link(node, link, person_id=person_id)
        return UsedLink(purpose, merged, signs_in=False)
    if purpose == LinkPurpose.FIRST_ADMIN:
        person = people.create(
            node,
            email=email or "",
            display_name=display_name or "",
            password=password,
            language=language,
            is_admin=True,
        )
        return UsedLink(purpose, person, signs_in=True)
    if purpose in {LinkPurpose.JOIN_CITY, LinkPurpose.JOIN_ORGANISATION}:
        return _join(node, link, person_id, display_name, password, language)
    return _prove(node, link, signed_up_id)


def _prove(node: "Node", link: MailLink, signed_up_id: str | None) -> UsedLink:
    purpose = LinkPurpose(link.purpose)
    if link.person_id is None:
        raise Conflict(_("This link belongs to no account any more."))
    person = people.get_person(node, link.person_id)
    if not person.is_active:
        raise Forbidden(_("This account is suspended. Please write to the city."))
    if purpose == LinkPurpose.SIGN_UP and signed_up_id != person.id:
        person.password_hash = None
    other = people.find_by_email(node, link.email)
    if purpose == LinkPurpose.ADD_EMAIL and other is not None and other.id != person.id:
        raise Conflict(
            _(
                "This address is on another account. If that is yours too, join the two accounts: "
                "you find it under Signing in."
            )
        )
    people.prove_email(node, person.id, link.email)
    return UsedLink(purpose, person, signs_in=purpose != LinkPurpose.ADD_EMAIL)


def _join(
    node: "Node",
    link: MailLink,
    person_id: str | None,
    display_name: str | None,
    password: str | None,
    language: str | None,
) -> UsedLink:
    person = (
        people.get_person(node, person_id)
        if person_id is not None
        else people.find_by_email(node, link.email)
    )
    is_new = person is None
    if person is None:
        person = people.create(
            node,
            email=link.email,
            display_name=display_name or "",
            password=password,
            language=language,
        )
    if not person.is_active:
        raise Forbidden(_("This account is suspended. Please write to the city."))
    if link.organisation_id is not None and link.role is not None:
        organisation = node.db.get_one(Organisation, link.organisation_id)
        if organisation.status == OrganisationStatus.SUSPENDED:
            raise Refused(_("The city suspended this organisation. Please write to the city."))
        memberships.add_member(
            node, organisation.id, person.id, role=Role(link.role), actor_id=person.id
        )
    return UsedLink(
        LinkPurpose(link.purpose),
        person,
        signs_in=is_new,
        organisation_id=link.organisation_id,
    )
