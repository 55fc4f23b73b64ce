"""Bringing badges from another site, or one there: leave, come back with a code, then exchange.

The network is asked while nothing is locked; what is to be remembered is stored after that. What
the other site gave us (secret, token) is sealed, and forgotten when the badges are here.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import delete, or_, select, update

from colnode import jobs
from colnode.errors import Gone, NotFound, Refused, Untrusted, _
from colnode.exchange import clients, grants, sites
from colnode.exchange.carrying import own_document
from colnode.exchange.models import OutsideSite, OutsideVisit, VisitState
from colnode.exchange.sealing import Secrets, digest_of, open_text, seal, seal_text, unseal
from colnode.exchange.sites import Credentials, Service

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["come_back", "get_visit", "leave", "list_visits", "look", "sweep"]

_VISIT = "exchange.visit"
_REGISTERED_FOR = timedelta(days=20)
_AWAY_FOR = timedelta(minutes=30)
_REMEMBERED_FOR = timedelta(days=30)


def look(node: "Node", address: str) -> Service:
    """What another site says of its badges; stores nothing. Raises as sites.read_service does."""
    return sites.read_service(node.http, address, own_url=node.config.server.base_url)


def leave(node: "Node", address: str, *, person_id: str, badge_address: str | None = None) -> str:
    """Prepare a visit; returns the address at the other site that asks the person.

    With `badge_address` that badge of theirs is sent there, without it all of theirs are fetched.

    Registers this node there first, if it has not yet. Asks the network, so call it in a reading
    unit; what is to be kept is stored at its end. Raises as `look`, NotFound for a badge that is
    not theirs, Untrusted.
    """
    if badge_address is not None:
        own_document(node, badge_address, person_id)
    service = look(node, address)
    credentials = _registered(node, service)
    client = sites.client_for(node.http, credentials, own_url=node.config.server.base_url)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    url, _state = client.create_authorization_url(
        service.authorisation_url,
        state=state,
        code_verifier=verifier,
        scope=list(sites.SENDING if badge_address else sites.FETCHING),
    )
    sealed = seal(node, Secrets(credentials.client_id, credentials.secret, verifier))
    visit = OutsideVisit(
        person_id=person_id,
        site_url=service.url,
        site_name=service.name,
        badge_address=badge_address,
        state_digest=digest_of(state),
        endpoints=service.as_json(),
        sealed_secrets=sealed,
        created_at=node.clock.now(),
    )
    node.at_end(lambda: node.db.add(visit))
    return str(url)


def come_back(node: "Node", url: str, *, person_id: str) -> str:
    """The person is back with an answer in `url`: swap the code, and fetch in the background.

    Returns the visit's id. Call it in a reading unit, like `leave`. Raises Gone (no such visit of
    this person, or too long ago), Refused (the other site or the person said no), Untrusted.
    """
    answer = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    visit = _open_visit(node, answer.get("state", ""), person_id)
    service = Service(**visit.endpoints)
    node.at_end(lambda: _spend(node, visit.id))
    if "error" in answer:
        raise Refused(
            _("{site} did not give your badges, or you said no there."), site=visit.site_name
        )
    if service.issuer is not None and answer.get("iss") != service.issuer:
        raise Untrusted(_("The answer came from another site than {site}."), site=visit.site_name)
    known = unseal(node, visit.sealed_secrets)
    token = _swap(node, service, known, url)
    sealed = seal(node, Secrets(known.client_id, known.client_secret, "", token))
    node.at_end(lambda: _begin(node, visit.id, sealed))
    return visit.id


def get_visit(node: "Node", visit_id: str, *, person_id: str) -> OutsideVisit:
    """A visit of the person's own. Raises NotFound."""
    visit = node.db.get(OutsideVisit, visit_id)
    if visit is None or visit.person_id != person_id:
        raise NotFound(_("There is no such visit."))
    return visit


def list_visits(node: "Node", person_id: str) -> Sequence[OutsideVisit]:
    """The person's visits that came back, newest first."""
    query = (
        select(OutsideVisit)
        .where(OutsideVisit.person_id == person_id, OutsideVisit.state != VisitState.LEFT)
        .order_by(OutsideVisit.created_at.desc())
    )
    return node.db.scalars(query).all()


def _registered(node: "Node", service: Service) -> Credentials:
    """What the site knows us as; registered anew before the other side forgets us."""
    stored = node.db.scalar(select(OutsideSite).where(OutsideSite.url == service.url))
    now = node.clock.now()
    if (
        stored is not None
        and stored.registration_url == service.registration_url
        and stored.registered_at + _REGISTERED_FOR > now
    ):
        secret = open_text(node, stored.sealed_secret) if stored.sealed_secret else None
        return Credentials(stored.client_id, secret)
    made = sites.register(
        node.http, service, name=node.config.city.name, own_url=node.config.server.base_url
    )
    sealed = seal_text(node, made.secret) if made.secret else None

    def remember() -> None:
        node.db.execute(delete(OutsideSite).where(OutsideSite.url == service.url))
        node.db.add(
            OutsideSite(
                url=service.url,
                registration_url=service.registration_url,
                client_id=made.client_id,
                sealed_secret=sealed,
                registered_at=now,
            )
        )

    node.at_end(remember)
    return made


def _open_visit(node: "Node", state: str, person_id: str) -> OutsideVisit:
    query = select(OutsideVisit).where(OutsideVisit.state_digest == digest_of(state))
    visit = node.db.scalar(query)
    is_open = (
        visit is not None
        and visit.person_id == person_id
        and visit.state == VisitState.LEFT
        and visit.created_at + _AWAY_FOR > node.clock.now()
    )
    if visit is None or not is_open:
        raise Gone(_("This took too long, or was done already. Start again from here."))
    return visit


def _swap(node: "Node", service: Service, known: Secrets, url: str) -> str:
    """The access token for the code in `url`. Raises Refused, Unavailable and Untrusted."""
    from authlib.oauth2 import OAuth2Error

    credentials = Credentials(known.client_id, known.client_secret)
    client = sites.client_for(node.http, credentials, own_url=node.config.server.base_url)
    try:
        token = client.fetch_token(
            service.token_url, authorization_response=url, code_verifier=known.verifier
        )
    except OAuth2Error as error:
        node.at_end(lambda: _forget_site(node, service.url))
        raise Refused(
            _("{site} did not accept the answer. Start again."), site=service.name
        ) from error
    except ValueError as error:
        raise Untrusted(_("The answer of {host} cannot be read."), host=service.host) from error
    text = token.get("access_token")
    if not isinstance(text, str) or not text.isascii() or not text.isprintable():
        raise Untrusted(_("The answer of {host} cannot be read."), host=service.host)
    return text


def _forget_site(node: "Node", url: str) -> None:
    """It may have forgotten us: register anew next time."""
    node.db.execute(delete(OutsideSite).where(OutsideSite.url == url))


def _spend(node: "Node", visit_id: str) -> None:
    """An answer counts once, whatever it was."""
    node.db.execute(
        update(OutsideVisit)
        .where(OutsideVisit.id == visit_id, OutsideVisit.state == VisitState.LEFT)
        .values(state=VisitState.FAILED, sealed_secrets=None, ended_at=node.clock.now())
    )


def _begin(node: "Node", visit_id: str, sealed: bytes) -> None:
    node.db.execute(
        update(OutsideVisit)
        .where(OutsideVisit.id == visit_id)
        .values(state=VisitState.FETCHING, sealed_secrets=sealed, ended_at=None)
    )
    jobs.enqueue(node, _VISIT, {"visit_id": visit_id}, key=f"fetch from site {visit_id}")


def sweep(node: "Node") -> None:
    """The job: forget what is over, of programs and of visits."""
    now = node.clock.now()
    with node.unit():
        grants.sweep(node)
        clients.sweep(node)
        is_lost = (OutsideVisit.state == VisitState.LEFT) & (
            OutsideVisit.created_at < now - _AWAY_FOR
        )
        is_old = OutsideVisit.created_at < now - _REMEMBERED_FOR
        node.db.execute(delete(OutsideVisit).where(or_(is_lost, is_old)))
