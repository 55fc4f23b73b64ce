"""Other cities over the API: who is read, what an address offers, the admin's decisions."""

from datetime import datetime
from typing import Any

from flask import Blueprint
from pydantic import BaseModel, Field

from colnode.federation import peers
from colnode.federation.peers import Offer, Peer, TrustState
from colnode.web.api.spec import operation
from colnode.web.auth import current_node, current_person, require

__all__ = ["bp"]

bp = Blueprint("api_federation", __name__)


class CityItem(BaseModel):
    """A city that this one reads, as everybody may know it."""

    node_id: str
    name: dict[str, str]
    url: str
    count: int
    checked_at: datetime | None


class CityList(BaseModel):
    """The cities that this one reads."""

    items: list[CityItem]


class PeerItem(CityItem):
    """A known city as the admin sees it. `problem` is why the last reading failed."""

    id: str
    state: str
    reason: str | None
    size: int
    changed_at: datetime | None
    next_poll_at: datetime
    problem: dict[str, Any] | None


class PeerList(BaseModel):
    """Known cities."""

    items: list[PeerItem]


class AddressQuery(BaseModel):
    """Where to look."""

    address: str = Field(min_length=1, max_length=300)


class OfferItem(BaseModel):
    """What an address offers. Send `address` and `identity` back to add the city."""

    address: str
    identity: str
    node_id: str
    name: dict[str, str]
    url: str
    languages: list[str]
    count: int
    samples: list[dict[str, Any]]


class PeerAdded(BaseModel):
    """A city to remember, as `offer` gave it."""

    address: str = Field(min_length=1, max_length=300)
    identity: str = Field(min_length=1, max_length=300_000)


class Decision(BaseModel):
    """Why; needed to block, and to allow a city that was blocked."""

    reason: str = Field(default="", max_length=2_000)


class PeerEvent(BaseModel):
    """What happened with a city. Without `actor_id` the site did it by itself."""

    at: datetime
    action: str
    actor_id: str | None
    reason: str | None
    detail: dict[str, Any]


class PeerHistory(BaseModel):
    """The newest 50 events of a city, newest first."""

    items: list[PeerEvent]


class PeerFaults(BaseModel):
    """Up to 50 records of a city that are not shown, by id, with the reason."""

    items: dict[str, str]


@bp.route("/network")
@require("public.read")
@operation(tag="federation", response=CityList)
def network() -> CityList:
    """List the cities that this one reads."""
    found = peers.list_peers(current_node(), state=TrustState.ALLOWED)
    return CityList(items=[CityItem(**_public(peer)) for peer in found])


@bp.route("/peers")
@require("peers.manage")
@operation(tag="federation", response=PeerList)
def list_peers() -> PeerList:
    """List all known cities."""
    return PeerList(items=[_item(peer) for peer in peers.list_peers(current_node())])


@bp.route("/peers/offer")
@require("peers.manage")
@operation(tag="federation", query=AddressQuery, response=OfferItem)
def offer(query: AddressQuery) -> OfferItem:
    """Look at who is at an address; stores nothing."""
    return _offer(peers.look(current_node(), query.address))


@bp.route("/peers", methods=["POST"])
@require("peers.manage")
@operation(tag="federation", body=PeerAdded, response=PeerItem, status=201)
def add(json: PeerAdded) -> PeerItem:
    """Remember a city; it waits for a decision."""
    lines = json.identity.encode()
    return _item(peers.accept_offer(current_node(), json.address, lines, actor_id=_actor()))


@bp.route("/peers/<peer_id>")
@require("peers.manage")
@operation(tag="federation", response=PeerItem)
def show(peer_id: str) -> PeerItem:
    """Show one known city."""
    return _item(peers.get_peer(current_node(), peer_id))


@bp.route("/peers/<peer_id>/history")
@require("peers.manage")
@operation(tag="federation", response=PeerHistory)
def history(peer_id: str) -> PeerHistory:
    """List who decided what about a city, when and why."""
    found = peers.history(current_node(), peer_id)
    return PeerHistory(
        items=[
            PeerEvent(
                at=event.at,
                action=event.action,
                actor_id=event.actor_id,
                reason=event.reason,
                detail=event.detail,
            )
            for event in found
        ]
    )


@bp.route("/peers/<peer_id>/faults")
@require("peers.manage")
@operation(tag="federation", response=PeerFaults)
def faults(peer_id: str) -> PeerFaults:
    """List what came from a city and is not shown, with the reason."""
    return PeerFaults(items=dict(peers.faults(current_node(), peer_id)))


@bp.route("/peers/<peer_id>/allow", methods=["POST"])
@require("peers.manage")
@operation(tag="federation", body=Decision, response=PeerItem)
def allow(peer_id: str, json: Decision) -> PeerItem:
    """Read a city from now on and show what it offers."""
    return _item(peers.allow(current_node(), peer_id, actor_id=_actor(), reason=json.reason))


@bp.route("/peers/<peer_id>/block", methods=["POST"])
@require("peers.manage")
@operation(tag="federation", body=Decision, response=PeerItem)
def block(peer_id: str, json: Decision) -> PeerItem:
    """Stop reading a city and show nothing of it any more."""
    return _item(peers.block(current_node(), peer_id, actor_id=_actor(), reason=json.reason))


@bp.route("/peers/<peer_id>/sync", methods=["POST"])
@require("peers.manage")
@operation(tag="federation", response=PeerItem)
def sync(peer_id: str) -> PeerItem:
    """Read a city as soon as a worker is free."""
    peers.sync_soon(current_node(), peer_id)
    return _item(peers.get_peer(current_node(), peer_id))


def _public(peer: Peer) -> dict[str, Any]:
    return {
        "node_id": peer.node_id,
        "name": peer.name,
        "url": peer.url,
        "count": peer.count,
        "checked_at": peer.checked_at,
    }


def _item(peer: Peer) -> PeerItem:
    return PeerItem(
        **_public(peer),
        id=peer.id,
        state=peer.state,
        reason=peer.reason,
        size=peer.size,
        changed_at=peer.changed_at,
        next_poll_at=peer.next_poll_at,
        problem=peer.problem,
    )


def _offer(found: Offer) -> OfferItem:
    return OfferItem(
        address=found.address,
        identity=found.identity.lines.decode(),
        node_id=found.identity.node_id,
        name=dict(found.description.name),
        url=found.description.url,
        languages=list(found.description.languages),
        count=found.checkpoint.count,
        samples=[
            {"type": sample.type, "id": sample.id, "title": sample.title}
            for sample in found.samples
        ],
    )


def _actor() -> str | None:
    person = current_person()
    return person.id if person else None
