"""What a visit to another site is for: the person's badges come here, or one goes there.

Runs in the background. The network is asked while nothing is locked; each badge is checked, then
kept in a transaction of its own, and the key is given back at the end.
"""

from typing import TYPE_CHECKING

from sqlalchemy import update

from colnode.badges import bringing, passport
from colnode.errors import ColnodeError, Gone, NotFound, _
from colnode.exchange import keeping, sites
from colnode.exchange.keeping import Kept, Proof
from colnode.exchange.models import OutsideVisit, VisitState
from colnode.exchange.sealing import digest_of, unseal
from colnode.exchange.sites import Credentials, Service

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["carry", "own_document"]


def own_document(node: "Node", badge_address: str, person_id: str) -> str:
    """The signed document of a badge that the person was given here. Raises NotFound."""
    held = passport.open_credential(node, badge_address, viewer_id=person_id)
    if held.person_id != person_id:
        raise NotFound(_("There is no badge here, or its owner does not share it."))
    return held.credential.document


def carry(node: "Node", visit_id: str) -> None:
    """The job: do what a visit is for. Run again after a crash, either side knows what it has."""
    with node.reading():
        visit = node.db.get(OutsideVisit, visit_id)
        if visit is None or visit.state != VisitState.FETCHING:
            return
        service, known = Service(**visit.endpoints), unseal(node, visit.sealed_secrets)
        person_id, badge_address = visit.person_id, visit.badge_address
    problem = None
    try:
        if badge_address is None:
            _fetch_all(node, visit_id, service, known.token or "")
        else:
            _send_one(node, visit_id, person_id, service, known.token or "", badge_address)
    except ColnodeError as error:
        problem = {"message": error.message, "parameters": error.parameters}
    with node.unit():
        node.db.execute(
            update(OutsideVisit)
            .where(OutsideVisit.id == visit_id)
            .values(
                state=VisitState.FAILED if problem else VisitState.DONE,
                problem=problem,
                sealed_secrets=None,
                ended_at=node.clock.now(),
            )
        )
    credentials = Credentials(known.client_id, known.client_secret)
    sites.give_back(node.http, service, credentials, known.token or "")


def _send_one(
    node: "Node",
    visit_id: str,
    person_id: str,
    service: Service,
    token: str,
    badge_address: str,
) -> None:
    with node.reading():
        document = own_document(node, badge_address, person_id)
    is_new = sites.send(node.http, service, token, document)
    counts = {"total": 1, "kept": int(is_new), "known": int(not is_new)}
    with node.unit():
        node.db.execute(update(OutsideVisit).where(OutsideVisit.id == visit_id).values(counts))


def _fetch_all(node: "Node", visit_id: str, service: Service, token: str) -> None:
    known_as = sites.fetch_name(node.http, service, token)
    counts = dict.fromkeys(("kept", "known", "refused"), 0)
    seen: set[str] = set()
    offset = 0
    while True:
        page = sites.fetch_page(node.http, service, token, offset=offset)
        fresh = [item for item in page.documents if digest_of(item) not in seen]
        for document in fresh:
            seen.add(digest_of(document))
            counts[_keep_one(node, document, visit_id, service)] += 1
        offset += len(page.documents)
        with node.unit():
            values = {
                **counts,
                "known_as": known_as,
                "total": max(page.total or 0, sum(counts.values())),
            }
            node.db.execute(update(OutsideVisit).where(OutsideVisit.id == visit_id).values(values))
        if not page.has_more or not fresh or offset >= bringing.MOST_BADGES:
            return


def _keep_one(node: "Node", document: str, visit_id: str, service: Service) -> str:
    """Check a badge, which asks the network, then keep it; says what became of it.

    It is proven to be the person's when the site that let them in is the issuer's own. Raises Gone
    when the person was erased meanwhile.
    """
    try:
        with node.reading():
            checked = keeping.check(node, document.encode("utf-8", "surrogatepass"))
    except ColnodeError:
        return "refused"
    is_issuers = checked.is_valid and checked.issuer_host == service.host
    proof = Proof.OAUTH if is_issuers else None
    with node.unit():
        visit = node.db.get(OutsideVisit, visit_id, with_for_update=True)
        if visit is None:
            raise Gone(_("This visit was deleted."))
        outcome = keeping.keep(node, checked, person_id=visit.person_id, proof=proof)
    return "known" if outcome is Kept.KNOWN else "kept"
