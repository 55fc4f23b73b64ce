"""Endorsements across two cities, over real HTTP."""

import json
from collections.abc import Callable

import pytest
from colnode_endorsement import elsewhere, giving, holding, standing
from colnode_endorsement.subjects import find_subject

from colnode import catalogue, jobs
from colnode.app import create_app
from colnode.badges import issuing, passport, verifying
from colnode.federation import peers, pull
from colnode.plugin import Invalid, Node, organisations
from tests.plugins.endorsement.conftest import WORDS, Scene


@pytest.fixture
def cities(two_nodes: tuple[Node, Node]) -> tuple[Node, Node]:
    """Two cities that read each other."""
    for reader, origin in (two_nodes, two_nodes[::-1]):
        peer = peers.add(reader, origin.config.server.base_url)
        with reader.unit():
            peers.allow(reader, peer.id)
    return two_nodes


def sync(*cities: Node) -> None:
    """Every city sequences its changes, then reads the others and does what follows."""
    for city in cities:
        jobs.run_due(city)
    for city in cities:
        with city.reading():
            ids = [peer.id for peer in peers.list_peers(city)]
        for peer_id in ids:
            pull.sync(city, peer_id)
        jobs.run_due(city)


def behind(node: Node, about: str) -> list[standing.Standing]:
    with node.reading():
        return standing.behind(node, find_subject(node, about))


def test_a_badge_of_another_city_is_endorsed_shown_embedded_and_withdrawn(
    cities: tuple[Node, Node], make_scene: Callable[[Node], Scene]
) -> None:
    home, away = cities
    here, there = make_scene(home), make_scene(away)
    sync(home, away)
    about = here.badge_ref(home)
    address = f"{home.config.server.base_url}/badges/{here.badge}"
    assert elsewhere.look(away, address).reference == about
    with away.unit():
        given = giving.give(away, there.works, about, content=WORDS, actor_id=there.works_owner.id)
        with pytest.raises(Exception, match="endorsed this already"):
            giving.give(away, there.works, about, content=WORDS, actor_id=there.works_owner.id)
    sync(away, home)
    site = create_app(node=home).test_client()
    base = home.config.server.base_url
    badge_page = site.get(f"/badges/{here.badge}", base_url=base).get_data(as_text=True)
    assert WORDS.comment in badge_page
    record_page = site.get(f"/cities/{away.id}/endorsement/{given.address}", base_url=base)
    assert "Signed and checked" in record_page.get_data(as_text=True)
    assert "Southport" in site.get("/endorsements", base_url=base).get_data(as_text=True)
    (shown,) = behind(home, about)
    assert shown.city == {"en": "Southport"}
    assert shown.comment == WORDS.comment
    assert (shown.opportunity, shown.opportunity_url) == (WORDS.opportunity, WORDS.opportunity_url)
    with home.unit():
        credential = issuing.issue(home, here.badge, person_id=here.learner.id)
        document = json.loads(credential.document)
    assert document["credentialSubject"]["achievement"]["endorsement"] == [
        json.loads(given.document or "")
    ]
    with home.reading():
        verdict = verifying.verify_bytes(home, credential.document.encode())
    assert verdict.find("endorsement_valid") is not None
    with away.unit():
        giving.withdraw(away, given.id, actor_id=there.works_owner.id)
    sync(away, home)
    assert behind(home, about) == []
    with home.unit():
        later = issuing.issue(home, here.badge, person_id=here.learner.id)
        assert "endorsementComment" not in later.document


@pytest.mark.databases("sqlite")
def test_a_city_cannot_endorse_in_the_name_of_another_or_of_nobody(
    cities: tuple[Node, Node], make_scene: Callable[[Node], Scene]
) -> None:
    home, away = cities
    here, there = make_scene(home), make_scene(away)
    sync(home, away)
    about = here.badge_ref(home)
    with away.unit():
        given = giving.give(away, there.works, about, content=WORDS, actor_id=there.works_owner.id)
        record = catalogue.get(away, catalogue.OWN, given.address)
        assert record is not None
        forged = json.loads(json.dumps(record.body))
        forged["document"]["credentialSubject"]["endorsementComment"] = "The best of all."
        catalogue.publish(away, "endorsement", given.address, forged)
        other = dict(record.body) | {"organisation": there.club}
        catalogue.publish(away, "endorsement", "other", other)
    sync(away, home)
    assert behind(home, about) == []
    with away.unit():
        catalogue.publish(away, "endorsement", given.address, record.body)
        organisations.suspend(away, there.works, actor_id="city", reason="Complaints.")
    sync(away, home)
    assert behind(home, about) == []


@pytest.mark.databases("sqlite")
def test_a_learners_badge_is_endorsed_in_another_city_and_brought_home(
    cities: tuple[Node, Node], make_scene: Callable[[Node], Scene]
) -> None:
    home, away = cities
    here, there = make_scene(home), make_scene(away)
    with home.unit():
        credential = issuing.issue(home, here.badge, person_id=here.learner.id)
        passport.share(home, credential.address, person_id=here.learner.id)
    url = f"{home.config.server.base_url}/credentials/{credential.address}"
    assert elsewhere.look(away, url).name == {"en": "Robot builder"}
    with pytest.raises(Invalid):
        elsewhere.look(away, f"{home.config.server.base_url}/badges/{here.badge}")
    with away.unit():
        given = elsewhere.give(away, there.works, url, content=WORDS, actor_id=there.works_owner.id)
    jobs.run_due(away)
    with away.reading():
        given = giving.get_given(away, given.id)
        source = giving.endorsement_url(away, given.address)
        assert given.state == "signed"
        assert catalogue.get(away, catalogue.OWN, given.address) is None
    with home.unit():
        held = holding.bring(home, here.learner.id, credential.address, source)
        foreign = holding.bring(
            home, here.learner.id, credential.address, f"{away.config.server.base_url}/healthz"
        )
    jobs.run_due(home)
    with home.unit():
        kept = {item.id: item.outcome for item in holding.list_held(home, here.learner.id)}
        assert kept[held.id] == "valid"
        assert kept[foreign.id] != "valid"
        holding.set_shown(home, held.id, person_id=here.learner.id, is_shown=True)
    with home.reading():
        now = passport.open_credential(home, credential.address, viewer_id=None)
        verdict = verifying.verify_bytes(home, now.credential.document.encode())
    assert verdict.find("endorsement_valid") is not None
    with away.unit():
        giving.withdraw(away, given.id, actor_id=there.works_owner.id)
    holding.check_held(home, held.id)
    with home.reading():
        (shown,) = [i for i in holding.list_held(home, here.learner.id) if i.id == held.id]
        assert shown.outcome == "ended"
        now = passport.open_credential(home, credential.address, viewer_id=None)
        assert "endorsementComment" not in now.credential.document


@pytest.mark.databases("sqlite")
def test_what_cannot_be_checked_elsewhere_is_dropped_and_said(
    cities: tuple[Node, Node], make_scene: Callable[[Node], Scene]
) -> None:
    home, away = cities
    there = make_scene(away)
    with away.unit():
        given = elsewhere.give(
            away,
            there.works,
            f"{home.config.server.base_url}/healthz",
            content=WORDS,
            actor_id=there.works_owner.id,
        )
    jobs.run_due(away)
    jobs.run_due(away)
    with away.reading():
        assert giving.list_given(away, there.works) == []
    assert given.id
    mails = [path.read_bytes() for path in (away.config.data_dir / "mail").glob("*.eml")]
    assert any(b"was not signed" in text for text in mails)
