"""Asking and answering: in the city, by mail without an account, and for one's own badge."""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

import pytest
from colnode_endorsement import asking, holding, privacy, standing
from colnode_endorsement.models import Ask, Given
from colnode_endorsement.subjects import find_subject
from sqlalchemy import select

from colnode.badges import passport, verifying
from colnode.identity import merging, people
from colnode.plugin import Conflict, Gone, Invalid, Node, NotFound, Refused, organisations
from tests.plugins.endorsement.conftest import WORDS, Scene

EMAIL = "hanna@hospital.example"
NEW = asking.Newcomer("Town Hospital", "https://hospital.example", "Hanna Head")


def mails(node: Node) -> list[tuple[str, str, str]]:
    """Whom, subject and text of every mail."""
    found = []
    for path in sorted((node.config.data_dir / "mail").glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = message.get_body(("plain",))
        assert body is not None
        found.append((str(message["To"]), str(message["Subject"]), body.get_content()))
    return found


@pytest.fixture
def ask_by_mail(node: Node, scene: Scene, run_jobs: Callable[[Node], int]) -> Callable[[], str]:
    """The club asks somebody without an account; returns the token of the mailed link."""

    def act() -> str:
        with node.unit():
            asking.ask(
                node,
                scene.badge_ref(node),
                actor_id=scene.club_owner.id,
                organisation_id=scene.club,
                email=EMAIL,
                message="It would help our learners.",
            )
        run_jobs(node)
        (text,) = [text for to, _subject, text in mails(node) if to == EMAIL]
        assert "It would help our learners." in text
        found = re.search(r"/endorsements/asked/([\w-]+)", text)
        assert found
        return found.group(1)

    return act


def behind(node: Node, about: str) -> list[standing.Standing]:
    with node.reading():
        return standing.behind(node, find_subject(node, about))


def test_who_has_no_account_accepts_and_waits_for_the_city(
    node: Node, scene: Scene, ask_by_mail: Callable[[], str], run_jobs: Callable[[Node], int]
) -> None:
    token = ask_by_mail()
    with node.unit():
        given = asking.accept_by_link(node, token, content=WORDS, newcomer=NEW)
        assert given.state == "waiting"
        assert given.document is None
    run_jobs(node)
    assert behind(node, scene.badge_ref(node)) == []
    with node.unit():
        (asked,) = node.db.scalars(select(Ask))
        assert (asked.state, asked.email) == ("accepted", None)
        person = people.find_by_email(node, EMAIL)
        assert person is not None
        (pair,) = organisations.memberships_of(node, person.id)
        organisations.verify(node, pair[0].id, actor_id="city")
    run_jobs(node)
    (shown,) = behind(node, scene.badge_ref(node))
    assert shown.endorser == {"en": "Town Hospital"}
    with node.reading(), pytest.raises(Gone):
        asking.by_token(node, token)


@pytest.mark.databases("sqlite")
def test_a_link_of_somebody_with_an_account_asks_them_to_sign_in(
    node: Node, scene: Scene, ask_by_mail: Callable[[], str], make_person: Callable[..., Any]
) -> None:
    token = ask_by_mail()
    person = make_person(EMAIL)
    with pytest.raises(Conflict), node.unit():
        asking.accept_by_link(node, token, content=WORDS, newcomer=NEW)
    with node.unit():
        given = asking.accept_by_link(node, token, content=WORDS, person_id=person.id, newcomer=NEW)
        assert given.created_by == person.id


@pytest.mark.databases("sqlite")
def test_an_address_is_forgotten_when_nobody_answers(
    node: Node, ask_by_mail: Callable[[], str], clock: Any, run_jobs: Callable[[Node], int]
) -> None:
    ask_by_mail()
    clock.forward(days=61)
    run_jobs(node)
    with node.reading():
        (asked,) = node.db.scalars(select(Ask))
        assert (asked.state, asked.email) == ("waiting", None)


@pytest.mark.databases("sqlite")
def test_a_no_is_told_and_ends_the_request(
    node: Node, scene: Scene, ask_by_mail: Callable[[], str], run_jobs: Callable[[Node], int]
) -> None:
    token = ask_by_mail()
    with node.unit():
        asking.decline(node, asking.by_token(node, token).id, answer="Not our field.")
    run_jobs(node)
    told = [text for to, _subject, text in mails(node) if to == scene.club_owner.email]
    assert any("Not our field." in text for text in told)
    with node.unit(), pytest.raises(Gone):
        asking.accept_by_link(node, token, content=WORDS, newcomer=NEW)


def test_an_organisation_of_the_city_is_asked_and_signs(
    node: Node, scene: Scene, run_jobs: Callable[[Node], int], clock: Any
) -> None:
    def ask(**more: Any) -> Ask:
        with node.unit():
            return asking.ask(
                node,
                scene.club_ref(node),
                actor_id=scene.club_owner.id,
                **{"organisation_id": scene.club, "endorser_id": scene.works} | more,
            )

    asked = ask()
    with pytest.raises(Conflict):
        ask()
    with pytest.raises(Refused):
        ask(endorser_id=scene.club)
    with pytest.raises(Refused):
        ask(organisation_id=scene.works)
    with pytest.raises(Invalid):
        ask(endorser_id=None)
    with pytest.raises(Invalid):
        ask(endorser_id=None, email="nobody")
    run_jobs(node)
    assert any(to == scene.works_owner.email for to, _subject, _text in mails(node))
    with node.unit():
        asking.accept(
            node,
            asked.id,
            organisation_id=scene.works,
            content=WORDS,
            actor_id=scene.works_owner.id,
        )
    (shown,) = behind(node, scene.club_ref(node))
    assert shown.kind == "organisation"
    with node.unit():
        late = asking.ask(
            node,
            scene.badge_ref(node),
            actor_id=scene.club_owner.id,
            organisation_id=scene.club,
            endorser_id=scene.works,
        )
    clock.forward(days=61)
    with node.unit(), pytest.raises(Gone):
        asking.decline(node, late.id)


@pytest.fixture
def endorsed(
    node: Node, scene: Scene, earn: Callable[..., Any]
) -> Callable[..., tuple[Any, Given]]:
    """The learner's badge is endorsed by the works, whom the learner asked."""

    def act(**more: Any) -> tuple[Any, Given]:
        credential = earn()
        url = f"http://localhost:8000/credentials/{credential.address}"
        with node.unit():
            asked = asking.ask(node, url, actor_id=scene.learner.id, endorser_id=scene.works)
            given = asking.accept(
                node,
                asked.id,
                organisation_id=scene.works,
                content=more.get("content", WORDS),
                actor_id=scene.works_owner.id,
            )
        return credential, given

    return act


@pytest.mark.databases("sqlite")
def test_a_badge_is_asked_for_by_its_holder_once_it_is_shared(
    node: Node, scene: Scene, earn: Callable[..., Any]
) -> None:
    credential = earn(is_shared=False)
    url = f"http://localhost:8000/credentials/{credential.address}"
    with node.unit(), pytest.raises(Refused, match="Share the badge first"):
        asking.ask(node, url, actor_id=scene.learner.id, endorser_id=scene.works)
    with node.unit():
        passport.share(node, credential.address, person_id=scene.learner.id)
    with node.unit(), pytest.raises(Refused, match="Only the person"):
        asking.ask(node, url, actor_id=scene.club_owner.id, endorser_id=scene.works)


def test_that_of_a_badge_is_private_until_shown_and_then_travels_with_it(
    node: Node, scene: Scene, endorsed: Callable[..., tuple[Any, Given]], run_jobs: Any
) -> None:
    credential, _given = endorsed()
    run_jobs(node)
    url = f"http://localhost:8000/credentials/{credential.address}"

    def held() -> Any:
        (only,) = holding.list_held(node, scene.learner.id)
        return only

    with node.reading():
        assert not held().is_shown
        assert holding.shown_of(node, url) == []
        before = passport.open_credential(node, credential.address, viewer_id=None)
        assert "endorsement" not in before.credential.document
    with node.unit(), pytest.raises(NotFound):
        holding.set_shown(node, held().id, person_id=scene.club_owner.id, is_shown=True)
    with node.unit():
        holding.set_shown(node, held().id, person_id=scene.learner.id, is_shown=True)
    with node.reading():
        after = passport.open_credential(node, credential.address, viewer_id=None)
        verdict = verifying.verify_bytes(node, after.credential.document.encode())
        old = verifying.verify_bytes(node, before.credential.document.encode())
        assert len(holding.shown_of(node, url)) == 1
    assert verdict.is_valid
    assert old.is_valid
    assert verdict.find("endorsement_valid") is not None
    assert verdict.summary.id == url
    with node.unit():
        holding.set_shown(node, held().id, person_id=scene.learner.id, is_shown=False)
        hidden = passport.open_credential(node, credential.address, viewer_id=None)
        assert "endorsementComment" not in hidden.credential.document


@pytest.mark.databases("sqlite")
def test_one_withdrawn_or_of_a_suspended_endorser_leaves_the_badge(
    node: Node, scene: Scene, endorsed: Callable[..., tuple[Any, Given]], run_jobs: Any
) -> None:
    from colnode_endorsement import giving

    credential, given = endorsed()
    with node.unit():
        (held,) = holding.list_held(node, scene.learner.id)
        holding.set_shown(node, held.id, person_id=scene.learner.id, is_shown=True)
    with node.unit():
        organisations.suspend(node, scene.works, actor_id="city", reason="Complaints.")
    run_jobs(node)
    with node.unit():
        now = passport.open_credential(node, credential.address, viewer_id=None)
        assert "endorsementComment" not in now.credential.document
        organisations.verify(node, scene.works, actor_id="city")
    run_jobs(node)
    with node.unit():
        now = passport.open_credential(node, credential.address, viewer_id=None)
        assert "endorsementComment" in now.credential.document
        giving.withdraw(node, given.id, actor_id=scene.works_owner.id)
    with node.unit():
        (held,) = holding.list_held(node, scene.learner.id)
        assert held.outcome == "ended"
        now = passport.open_credential(node, credential.address, viewer_id=None)
        assert "endorsementComment" not in now.credential.document
        with pytest.raises(Invalid):
            holding.set_shown(node, held.id, person_id=scene.learner.id, is_shown=True)


@pytest.mark.databases("sqlite")
def test_a_receipt_says_what_the_badge_was_accepted_for(
    node: Node, scene: Scene, endorsed: Callable[..., tuple[Any, Given]]
) -> None:
    from colnode_endorsement.content import Content

    _credential, given = endorsed(content=Content("", "Night shift", is_receipt=True))
    assert "Accepted for: Night shift" in (given.document or "")
    with node.reading():
        (held,) = holding.list_held(node, scene.learner.id)
        shown = standing.of_held(node, held)
    assert shown is not None
    assert shown.is_receipt


def test_what_a_person_has_is_exported_merged_and_erased(
    node: Node,
    scene: Scene,
    endorsed: Callable[..., tuple[Any, Given]],
    make_person: Callable[..., Any],
) -> None:
    _credential, given = endorsed()
    with node.unit():
        exported = privacy.export(node, scene.learner.id)
        assert exported["endorsements_of_badges"][0]["document"] == given.document
        assert exported["endorsement_requests"][0]["state"] == "accepted"
        assert privacy.export(node, scene.works_owner.id)["endorsements_written"]
    other = make_person()
    with node.unit():
        merging.merge(node, into_id=other.id, from_id=scene.learner.id)
    with node.unit():
        assert holding.list_held(node, scene.learner.id) == []
        assert len(holding.list_held(node, other.id)) == 1
        people.erase(node, other.id, actor_id=other.id)
    with node.reading():
        assert holding.list_held(node, other.id) == []
        assert node.db.scalars(select(Ask)).all() == []
        left = node.db.get_one(Given, given.id)
        assert (left.comment, left.document) == ("", "{}")
        assert verifying.verify_bytes(node, (given.document or "").encode()).is_valid
