"""Other cities: the network for everybody, another city's records, and the admin's list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from colnode import catalogue
from colnode.badges import copying
from colnode.errors import ColnodeError, Invalid, NotFound
from colnode.errors import _ as mark
from colnode.federation import peers
from colnode.host.types import NavItem, NavPlace
from colnode.identity import people
from colnode.web import network_map
from colnode.web.addresses import record_url
from colnode.web.auth import current_node, current_person, makes_badges, require
from colnode.web.forms import field_errors
from colnode.web.rendering import error_text, links_for, panels_for, pick_language, render

if TYPE_CHECKING:
    from colnode.federation.peers import Peer

__all__ = ["NAVIGATION", "bp"]

bp = Blueprint("network", __name__)

NAVIGATION = (NavItem("Other cities", "network.show", "network", NavPlace.MAIN, order=60),)
_HOURS_FRESH = timedelta(hours=4)
_DAYS_FRESH = timedelta(days=2)


@dataclass(frozen=True)
class _CityCard:
    """A city as the pages show it."""

    peer: "Peer"
    name: str
    url: str
    counts: Mapping[str, int]
    freshness: int
    problem: str | None


def _card(peer: "Peer", counts: Mapping[str, Mapping[str, int]]) -> _CityCard:
    problem = None
    if peer.problem is not None:
        problem = error_text(peer.problem["message"], peer.problem["parameters"])
    return _CityCard(
        peer=peer,
        name=pick_language(peer.name),
        url=url_for("network.city", origin=peer.node_id),
        counts=counts.get(peer.node_id, {}),
        freshness=_freshness(peer),
        problem=problem,
    )


def _freshness(peer: "Peer") -> int:
    """3 (read within hours), 2 (within two days), 1 (older) or 0 (not yet read)."""
    if peer.checked_at is None or peer.edition_no is None:
        return 0
    age = current_node().clock.now() - peer.checked_at
    if age <= _HOURS_FRESH:
        return 3
    return 2 if age <= _DAYS_FRESH else 1


@bp.route("/network")
@require("public.read")
def show() -> ResponseReturnValue:
    """The cities that this one reads, as a plan of lines and as a list."""
    node = current_node()
    counts = catalogue.count_by_type(node)
    cards = [_card(peer, counts) for peer in peers.list_peers(node, state=peers.TrustState.ALLOWED)]
    cards.sort(key=lambda card: card.name.casefold())
    city = node.config.city
    drawn = [_drawn(card) for card in cards]
    plan = network_map.draw_plan(drawn, latitude=city.latitude, longitude=city.longitude)
    newest = catalogue.search(node, catalogue.Query(foreign_only=True, limit=8))
    return render(
        "network/show.html",
        cards=cards,
        plan=plan,
        newest=newest.items,
        panels=panels_for("network", None),
        more_links=links_for("network", None),
    )


def _drawn(card: _CityCard) -> "network_map.City":
    place = card.peer.description
    return network_map.City(
        card.name, card.url, place.get("latitude"), place.get("longitude"), card.freshness
    )


@bp.route("/cities/<origin>")
@require("public.read")
def city(origin: str) -> ResponseReturnValue:
    """What another city offers, to search and to leaf through."""
    node = current_node()
    card = _card(_shown_peer(origin), catalogue.count_by_type(node))
    wish = request.args.get("q", "").strip()[:200]
    kind = request.args.get("type", "")
    query = catalogue.Query(
        text=wish,
        origin=origin,
        types=(kind,) if kind in node.host.record_types else (),
        cursor=request.args.get("after"),
        with_facets=True,
    )
    results = catalogue.search(node, query)
    return render("network/city.html", card=card, results=results, wish=wish, kind=kind)


def _shown_peer(origin: str) -> "Peer":
    for peer in peers.list_peers(current_node(), state=peers.TrustState.ALLOWED):
        if peer.node_id == origin:
            return peer
    raise NotFound(mark("This site does not show a city with this address."))


@bp.route("/cities/<origin>/<type>/<id>")
@require("public.read")
def record(origin: str, type: str, id: str) -> ResponseReturnValue:
    """A record of another city, with its city's name and the way home."""
    view = catalogue.get(current_node(), origin, id, record_type=type)
    if view is None or view.is_own:
        raise NotFound(mark("The other city does not offer this any more."))
    return render(
        "network/record.html",
        record=view,
        copy_url=_copy_url(view),
        panels=panels_for("record", view),
        links=links_for("record", view),
    )


def _copy_url(view: catalogue.RecordView) -> str | None:
    if not copying.may_copy_record(view) or not makes_badges():
        return None
    return url_for("organiser_copies.choose", origin=view.origin, source=view.id)


@bp.route("/records/<type>/<id>")
@require("public.read")
def home_record(type: str, id: str) -> ResponseReturnValue:
    """The lasting address of an own record, which other cities link to."""
    view = catalogue.get(current_node(), catalogue.OWN, id, record_type=type)
    if view is None:
        raise NotFound(mark("This is not offered any more."))
    return redirect(record_url(view))


@bp.route("/admin/peers")
@require("peers.manage")
def all_peers() -> ResponseReturnValue:
    """Every city that this one knows, with how it is and what waits."""
    node = current_node()
    counts = catalogue.count_by_type(node)
    cards = [_card(peer, counts) for peer in peers.list_peers(node)]
    state = peers.TrustState
    order = (state.PENDING, state.ALLOWED, state.BLOCKED)
    groups = {state: [card for card in cards if card.peer.state == state] for state in order}
    return render("network/peers.html", groups=groups, has_any=bool(cards))


@bp.route("/admin/peers/new")
@require("peers.manage")
def preview() -> ResponseReturnValue:
    """Ask an address who is there and show what that city offers; nothing is stored."""
    address = request.args.get("address", "").strip()
    if not address:
        return render("network/new.html", address="", offer=None, errors={})
    try:
        offer = peers.look(current_node(), address)
    except ColnodeError as error:
        errors = {"address": error_text(error.message, error.parameters)}
        return render("network/new.html", address=address, offer=None, errors=errors), 422
    return render("network/new.html", address=address, offer=offer, errors={})


@bp.route("/admin/peers", methods=["POST"])
@require("peers.manage")
def add() -> ResponseReturnValue:
    """Remember a city that was looked at; with `allow` it is read from now on."""
    node = current_node()
    lines = request.form.get("identity", "").replace("\r\n", "\n").encode()
    peer = peers.accept_offer(node, request.form.get("address", ""), lines, actor_id=_actor())
    if peer.state == peers.TrustState.BLOCKED:
        flash(
            _("%(city)s is blocked. Its page asks why to read it again.", city=_name(peer)),
            "warning",
        )
    elif request.form.get("decision") == "allow":
        peers.allow(node, peer.id, actor_id=_actor())
        flash(
            _("%(city)s is read now. Its offers appear in a minute.", city=_name(peer)), "success"
        )
    else:
        flash(_("%(city)s waits for your decision.", city=_name(peer)), "success")
    return redirect(url_for("network.peer", peer_id=peer.id))


@bp.route("/admin/peers/<peer_id>")
@require("peers.manage")
def peer(peer_id: str) -> ResponseReturnValue:
    """One city: how it is, what was decided and when, what is not shown and why."""
    return _peer_page(peers.get_peer(current_node(), peer_id))


def _peer_page(
    found: "Peer", *, errors: Mapping[str, str] | None = None, reason: str = ""
) -> ResponseReturnValue:
    node = current_node()
    events = peers.history(node, found.id)
    return render(
        "network/peer.html",
        card=_card(found, catalogue.count_by_type(node)),
        events=events,
        actors=people.names_of(node, {event.actor_id for event in events if event.actor_id}),
        faults=peers.faults(node, found.id),
        now=node.clock.now(),
        errors=errors or {},
        reason=reason,
    )


@bp.route("/admin/peers/<peer_id>/allow", methods=["POST"])
@require("peers.manage")
def allow(peer_id: str) -> ResponseReturnValue:
    """Read this city from now on; one that was blocked needs a reason."""
    reason = request.form.get("reason", "")
    try:
        found = peers.allow(current_node(), peer_id, actor_id=_actor(), reason=reason)
    except Invalid as error:
        return _refused(peer_id, error, reason)
    flash(_("%(city)s is read now. Its offers appear in a minute.", city=_name(found)), "success")
    return redirect(url_for("network.peer", peer_id=peer_id))


@bp.route("/admin/peers/<peer_id>/block", methods=["POST"])
@require("peers.manage")
def block(peer_id: str) -> ResponseReturnValue:
    """Take everything of this city off every page."""
    node = current_node()
    reason = request.form.get("reason", "")
    try:
        found = peers.block(node, peer_id, actor_id=_actor(), reason=reason)
    except Invalid as error:
        return _refused(peer_id, error, reason)
    flash(_("%(city)s is blocked. Nothing of it is shown any more.", city=_name(found)), "success")
    return redirect(url_for("network.peer", peer_id=peer_id))


def _refused(peer_id: str, error: Invalid, reason: str) -> ResponseReturnValue:
    errors = field_errors(error, otherwise="reason")
    found = peers.get_peer(current_node(), peer_id)
    return _peer_page(found, errors=errors, reason=reason), 422  # type: ignore[return-value]


@bp.route("/admin/peers/<peer_id>/sync", methods=["POST"])
@require("peers.manage")
def sync(peer_id: str) -> ResponseReturnValue:
    """Read this city as soon as a worker is free."""
    node = current_node()
    peers.sync_soon(node, peer_id)
    flash(_("The city is read in the background. Look again in a minute."), "success")
    return redirect(url_for("network.peer", peer_id=peer_id))


def _actor() -> str | None:
    person = current_person()
    return person.id if person else None


def _name(found: "Peer") -> str:
    return pick_language(found.name)
