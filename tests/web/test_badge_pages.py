"""The pages of badges, as somebody without JavaScript uses them."""

import json
import re
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from colnode.app import create_app
from colnode.badges import achievements, awards, claims, issuing, offers, passport
from colnode.badges.models import Achievement, Credential
from colnode.identity import organisations
from colnode.mail import list_development_mail
from colnode.node import Node

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from colnode.identity.models import Organisation, Person

SignIn = Callable[["FlaskClient", "Person"], None]

FORM = {
    "name.en": "Bat listener",
    "name.lt": "Šikšnosparnių klausytojas",
    "description.en": "Hears bats and knows which ones they are.",
    "criteria.en": "Walk with us at night.",
    "main_language": "en",
    "shape": "hexagon",
    "icon": "moon",
    "first": "violet",
    "second": "amber",
    "seed": "4711",
    "tags": "nature, night",
    "kind": "Badge",
}


@pytest.fixture
def learner(make_person: "Callable[..., Person]") -> "Person":
    """Somebody who earns badges."""
    return make_person("kai@example.org", display_name="Kai")


@pytest.fixture
def credential(node: Node, achievement: Achievement, learner: "Person") -> Credential:
    """The learner's badge, not shared."""
    with node.unit():
        return issuing.issue(node, achievement.id, person_id=learner.id)


def _other(client: "FlaskClient") -> "FlaskClient":
    return client.application.test_client()


# Making a badge


def test_an_organiser_makes_publishes_and_changes_a_badge(
    node: Node,
    client: "FlaskClient",
    sign_in: SignIn,
    owner: "Person",
    organisation: "Organisation",
) -> None:
    sign_in(client, owner)
    made = client.post(f"/organiser/{organisation.id}/badges/new", data=FORM)
    assert made.status_code == 302, made.text
    manage = client.get(made.location)
    assert "Bat listener" in manage.text
    achievement_id = made.location.rpartition("/")[2]
    assert _other(client).get(f"/badges/{achievement_id}").status_code == 404
    client.post(f"/organiser/badges/{achievement_id}/publish")
    public = _other(client).get(f"/badges/{achievement_id}")
    assert "Hears bats" in public.text
    assert "Bat listener" in _other(client).get("/badges").text
    changed = FORM | {"name.en": "Bat whisperer", "revision": "1"}
    client.post(f"/organiser/badges/{achievement_id}/edit", data=changed)
    assert "Bat whisperer" in _other(client).get(f"/badges/{achievement_id}").text
    client.post(f"/organiser/badges/{achievement_id}/retire")
    assert "No longer given" in _other(client).get(f"/badges/{achievement_id}").text
    assert "Bat whisperer" not in _other(client).get("/badges").text


def test_a_form_with_a_mistake_keeps_what_was_typed(
    client: "FlaskClient", sign_in: SignIn, owner: "Person", organisation: "Organisation"
) -> None:
    sign_in(client, owner)
    answer = client.post(
        f"/organiser/{organisation.id}/badges/new", data=FORM | {"name.en": "", "valid_days": "x"}
    )
    assert answer.status_code == 422
    assert "Hears bats" in answer.text
    assert "Šikšnosparnių" in answer.text
    assert 'value="nature, night"' in answer.text


def test_two_editors_do_not_overwrite_each_other(
    client: "FlaskClient", sign_in: SignIn, owner: "Person", achievement: Achievement
) -> None:
    sign_in(client, owner)
    address = f"/organiser/badges/{achievement.id}/edit"
    assert client.post(address, data=FORM | {"revision": "1"}).status_code == 302
    late = client.post(address, data=FORM | {"revision": "1", "name.en": "Late text"})
    assert late.status_code == 409
    assert "Late text" in late.text
    assert "Late text" not in client.get(f"/badges/{achievement.id}").text


def test_an_unverified_organisation_drafts_but_does_not_publish(
    client: "FlaskClient",
    sign_in: SignIn,
    owner: "Person",
    make_organisation: "Callable[..., Organisation]",
) -> None:
    club = make_organisation("Club", owner=owner, is_verified=False)
    sign_in(client, owner)
    made = client.post(f"/organiser/{club.id}/badges/new", data=FORM)
    assert made.status_code == 302
    refused = client.post(made.location + "/publish")
    assert refused.status_code == 409
    assert "not verified this organisation yet" in refused.text
    assert "Bat listener" not in client.get("/badges").text


def test_an_uploaded_picture_is_framed(
    client: "FlaskClient", sign_in: SignIn, owner: "Person", organisation: "Organisation"
) -> None:
    from PIL import Image

    drawn = BytesIO()
    Image.new("RGB", (300, 300), "#c04020").save(drawn, "PNG")
    sign_in(client, owner)
    data: dict[str, Any] = FORM | {"picture": (BytesIO(drawn.getvalue()), "bat.png")}
    made = client.post(f"/organiser/{organisation.id}/badges/new", data=data)
    achievement_id = made.location.rpartition("/")[2]
    drawing = client.get(f"/badges/{achievement_id}/image.svg")
    assert b"data:image/png;base64," in drawing.data
    assert "sandbox" in drawing.headers["Content-Security-Policy"]


def test_a_torn_picture_is_refused_beside_its_field(
    client: "FlaskClient", sign_in: SignIn, owner: "Person", organisation: "Organisation"
) -> None:
    sign_in(client, owner)
    data: dict[str, Any] = FORM | {"picture": (BytesIO(b"\x89PNG\r\n\x1a\n torn"), "bat.png")}
    answer = client.post(f"/organiser/{organisation.id}/badges/new", data=data)
    assert answer.status_code == 422
    assert "damaged" in answer.text
    assert "Hears bats" in answer.text


def test_the_drawing_follows_the_form(
    client: "FlaskClient", sign_in: SignIn, owner: "Person"
) -> None:
    sign_in(client, owner)
    first = client.get("/organiser/badge-art.svg?name.en=Owls&shape=pin&icon=star&first=blue")
    second = client.get("/organiser/badge-art.svg?name.en=Owls&shape=round&icon=star&first=blue")
    assert first.content_type == "image/svg+xml"
    assert first.data != second.data
    assert b"Owls" in first.data


def test_strangers_stay_out_of_the_organisers_pages(
    client: "FlaskClient", sign_in: SignIn, learner: "Person", achievement: Achievement
) -> None:
    sign_in(client, learner)
    pages = ("", "/edit", "/award", "/links", "/retire")
    for page in pages:
        assert client.get(f"/organiser/badges/{achievement.id}{page}").status_code == 403
    assert client.post(f"/organiser/badges/{achievement.id}/publish").status_code == 403
    assert client.get("/organiser").status_code == 200


# Giving it


def test_a_list_of_addresses_is_looked_at_first_and_then_sent(
    node: Node,
    client: "FlaskClient",
    sign_in: SignIn,
    owner: "Person",
    achievement: Achievement,
    run_jobs: Callable[[Node], int],
) -> None:
    sign_in(client, owner)
    address = f"/organiser/badges/{achievement.id}/award"
    typed = {"emails": "Kai <kai@example.org>, LEA@example.org\nbroken@\nkai@example.org"}
    looked = client.post(address, data=typed | {"step": "check"})
    assert "Send 2 badges" in looked.text
    assert looked.text.count("Not an e-mail address") == 1
    run_jobs(node)
    assert _mailed(node) == []
    sent = client.post(address, data=typed | {"step": "send"})
    assert "2 badges are on their way" in sent.text
    again = client.post(address, data=typed | {"step": "send"})
    assert "Nothing was sent" in again.text
    run_jobs(node)
    assert [to for to, _link in _mailed(node)] == ["kai@example.org", "lea@example.org"]


def _mailed(node: Node) -> list[tuple[str, str]]:
    """To whom a badge was mailed, with the path of the link."""
    offers = [
        (mail.to, re.search(r"http://localhost:8000(/offer/\S+)", mail.text))
        for mail in list_development_mail(node)
    ]
    return sorted((to, found.group(1)) for to, found in offers if found)


def _mailed_link(node: Node) -> str:
    ((_to, link),) = _mailed(node)
    return link


def _offer(node: Node, achievement: Achievement) -> None:
    with node.unit():
        awards.award(
            node, achievement.id, emails=["kai@example.org"], actor_id=achievement.created_by
        )


def test_a_mailed_offer_becomes_a_badge_of_whoever_opens_it(
    node: Node,
    client: "FlaskClient",
    sign_in: SignIn,
    achievement: Achievement,
    learner: "Person",
    run_jobs: Callable[[Node], int],
) -> None:
    _offer(node, achievement)
    run_jobs(node)
    link = _mailed_link(node)
    before = client.get(link)
    assert "Nature House gives you this badge" in before.text
    assert "kai@example.org" not in before.text
    assert client.post(link).status_code in {302, 401}
    sign_in(client, learner)
    taken = client.post(link)
    page = client.get(taken.location)
    assert "Robot builder" in page.text
    assert "Only you see this badge" in page.text
    again = client.post(link)
    assert again.location == taken.location
    assert client.get(link).location.split("?")[0] == taken.location.split("?")[0]


def test_an_offer_waits_in_the_passport_of_its_address(
    node: Node, client: "FlaskClient", sign_in: SignIn, achievement: Achievement, learner: "Person"
) -> None:
    _offer(node, achievement)
    sign_in(client, learner)
    passport_page = client.get("/my-badges").text
    assert "Waiting for you" in passport_page
    found = re.search(r'action="(/my-badges/offers/[^"]+/accept)"', passport_page)
    assert found is not None
    taken = client.post(found.group(1))
    assert taken.status_code == 302
    assert "Waiting for you" not in client.get("/my-badges").text


def test_nobody_takes_an_offer_of_another_address_without_its_link(
    node: Node,
    client: "FlaskClient",
    sign_in: SignIn,
    achievement: Achievement,
    make_person: "Callable[..., Person]",
) -> None:
    _offer(node, achievement)
    sign_in(client, make_person())
    with node.reading():
        (offer,) = offers.list_offers(node, achievement.id)
    assert client.post(f"/my-badges/offers/{offer.id}/accept").status_code == 404
    assert client.post(f"/my-badges/offers/{offer.id}/decline").status_code == 404


def test_a_declined_offer_is_gone(
    node: Node,
    client: "FlaskClient",
    sign_in: SignIn,
    achievement: Achievement,
    learner: "Person",
    run_jobs: Callable[[Node], int],
) -> None:
    _offer(node, achievement)
    run_jobs(node)
    link = _mailed_link(node)
    assert client.post(link + "/decline").status_code == 302
    sign_in(client, learner)
    assert client.post(link).status_code == 410
    assert "closed, too old or used up" in client.get(link).text


def test_a_claim_link_is_a_poster_with_a_code_that_works(
    client: "FlaskClient", sign_in: SignIn, owner: "Person", achievement: Achievement,
    learner: "Person",
) -> None:  # fmt: skip
    sign_in(client, owner)
    made = client.post(
        f"/organiser/badges/{achievement.id}/links",
        data={"label": "Night walk", "limit": "1", "expires_on": "2026-12-24"},
    )
    poster = client.get(made.location).text
    assert 'class="qr-code"' in poster
    code = re.search(r'class="poster-code" dir="ltr">([a-z0-9 ]+)<', poster)
    assert code is not None
    browser = _other(client)
    shown = browser.get("/claim", query_string={"code": code.group(1).upper()})
    assert shown.status_code == 302
    assert "Robot builder" in browser.get(shown.location).text
    sign_in(browser, learner)
    taken = browser.post(shown.location)
    assert "Robot builder" in browser.get(taken.location).text
    assert "1 of 1 used" in client.get(f"/organiser/badges/{achievement.id}").text


def test_a_wrong_code_is_said_so_and_kept(client: "FlaskClient") -> None:
    answer = client.get("/claim?code=no+such+code")
    assert answer.status_code == 404
    assert 'value="no such code"' in answer.text
    assert "letter by letter" in answer.text


@pytest.mark.parametrize(
    ("field", "value"), [("limit", "many"), ("expires_on", "soon"), ("expires_on", "2020-01-01")]
)
def test_impossible_limits_of_a_link_are_kept_and_explained(
    client: "FlaskClient", sign_in: SignIn, owner: "Person", achievement: Achievement,
    field: str, value: str,
) -> None:  # fmt: skip
    sign_in(client, owner)
    answer = client.post(
        f"/organiser/badges/{achievement.id}/links", data={field: value, "label": "Kept"}
    )
    assert answer.status_code == 422
    assert 'value="Kept"' in answer.text


# One earned badge


def test_a_badge_is_private_until_its_holder_shares_it(
    client: "FlaskClient", sign_in: SignIn, learner: "Person", owner: "Person",
    credential: Credential,
) -> None:  # fmt: skip
    address = f"/credentials/{credential.address}"
    forms = ("", ".json", ".png", ".svg", "/qr.svg")
    organiser, stranger = _other(client), _other(client)
    sign_in(organiser, owner)
    sign_in(client, learner)
    for form in forms:
        assert client.get(address + form).status_code == 200
        assert stranger.get(address + form).status_code == 404
        assert organiser.get(address + form).status_code == 404
    assert organiser.post(address + "/share").status_code == 404
    assert client.post(address + "/share").status_code == 302
    for form in forms:
        assert stranger.get(address + form).status_code == 200
    client.post(address + "/unshare")
    for form in forms:
        assert stranger.get(address + form).status_code == 404


def test_a_private_answer_is_not_stored_by_anybody_between(
    client: "FlaskClient", sign_in: SignIn, learner: "Person", credential: Credential
) -> None:
    sign_in(client, learner)
    for form in ("", ".json", ".png", ".svg"):
        answer = client.get(f"/credentials/{credential.address}{form}")
        assert "private" in answer.headers["Cache-Control"]
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("application/ld+json", "application/ld+json"),
        ("application/vc", "application/vc"),
        ("application/json", "application/json"),
        ("image/png", "image/png"),
        ("image/svg+xml", "image/svg+xml"),
        ("image/png;q=0.5, application/vc;q=0.9", "application/vc"),
        ("*/*", "text/html; charset=utf-8"),
    ],
)
def test_a_shared_badge_answers_in_the_form_that_is_asked_for(
    node: Node, client: "FlaskClient", learner: "Person", credential: Credential,
    accept: str, content_type: str,
) -> None:  # fmt: skip
    with node.unit():
        passport.share(node, credential.address, person_id=learner.id)
    address = f"/credentials/{credential.address}"
    answer = client.get(address, headers={"Accept": accept})
    assert answer.content_type == content_type
    assert "Accept" in answer.headers["Vary"]
    if "json" in content_type or "vc" in content_type:
        assert answer.text == credential.document
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_shared_page_does_not_name_the_holder(
    node: Node, client: "FlaskClient", learner: "Person", credential: Credential
) -> None:
    with node.unit():
        passport.share(node, credential.address, person_id=learner.id)
    for form in ("", ".json", ".png", ".svg"):
        data = client.get(f"/credentials/{credential.address}{form}").data
        for secret in (b"kai@example.org", b"Kai", learner.id.encode()):
            assert secret not in data


def test_a_revoked_badge_is_shown_as_revoked_everywhere_at_once(
    node: Node, client: "FlaskClient", sign_in: SignIn, owner: "Person", learner: "Person",
    credential: Credential,
) -> None:  # fmt: skip
    with node.unit():
        passport.share(node, credential.address, person_id=learner.id)
    list_url = f"/status/{credential.status_list_id}"
    before = client.get(list_url)
    organiser = _other(client)
    sign_in(organiser, owner)
    asked = f"/organiser/credentials/{credential.id}/revoke"
    assert organiser.post(asked, data={"reason": ""}).status_code == 422
    assert organiser.post(asked, data={"reason": "Given by mistake."}).status_code == 302
    public = client.get(f"/credentials/{credential.address}").text
    assert "Given by mistake." in public
    assert "taken back by the organisation" in public
    sign_in(client, learner)
    assert "is-revoked" in client.get("/my-badges").text
    managed = organiser.get(f"/organiser/badges/{credential.achievement_id}").text
    assert "Taken back" in managed
    after = client.get(list_url, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]
    assert client.get(list_url, headers={"If-None-Match": after.headers["ETag"]}).status_code == 304


def test_an_awarder_gives_badges_but_does_not_take_them_back(
    node: Node, client: "FlaskClient", sign_in: SignIn, organisation: "Organisation",
    owner: "Person", make_person: "Callable[..., Person]", credential: Credential,
) -> None:  # fmt: skip
    from colnode.plugin import Role

    helper = make_person()
    with node.unit():
        organisations.add_member(
            node, organisation.id, helper.id, role=Role.AWARDER, actor_id=owner.id
        )
    sign_in(client, helper)
    assert client.get(f"/organiser/badges/{credential.achievement_id}/award").status_code == 200
    answer = client.post(f"/organiser/credentials/{credential.id}/revoke", data={"reason": "No."})
    assert answer.status_code == 403


# Documents


def test_an_achievements_address_answers_programs_with_open_badges_json(
    client: "FlaskClient", achievement: Achievement
) -> None:
    answer = client.get(f"/badges/{achievement.id}", headers={"Accept": "application/ld+json"})
    document = json.loads(answer.data)
    assert document["id"] == f"http://localhost:8000/badges/{achievement.id}"
    assert document["type"] == ["Achievement"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    lithuanian = client.get(f"/badges/{achievement.id}.json?language=lt").json
    assert lithuanian is not None
    assert lithuanian["name"] == "Robotų kūrėjas"
    assert lithuanian["inLanguage"] == "lt"


def test_a_draft_has_no_public_address(
    client: "FlaskClient", make_achievement: Callable[..., Achievement]
) -> None:
    draft = make_achievement(is_published=False)
    for form in ("", ".json", "/image.png", "/image.svg", "/image.webp"):
        assert client.get(f"/badges/{draft.id}{form}").status_code == 404


def test_a_status_list_is_a_public_signed_credential(
    client: "FlaskClient", credential: Credential
) -> None:
    answer = client.get(f"/status/{credential.status_list_id}")
    assert answer.content_type == "application/vc"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    document = json.loads(answer.data)
    assert document["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert document["id"] == f"http://localhost:8000/status/{credential.status_list_id}"
    assert document["proof"][0]["cryptosuite"] == "eddsa-rdfc-2022"
    assert client.get("/status/nothing").status_code == 404


def test_an_issuer_has_a_profile_document(
    client: "FlaskClient", organisation: "Organisation"
) -> None:
    document = client.get(f"/organisations/{organisation.slug}/profile.json").json
    assert document is not None
    assert document["type"] == ["Profile"]
    assert document["name"] == "Nature House"


def test_a_badge_of_one_city_verifies_in_another_over_http(
    two_nodes: tuple[Node, Node],
    make_achievement: Callable[..., Achievement],
    make_organisation: "Callable[..., Organisation]",
    make_person: "Callable[..., Person]",
) -> None:
    home, other = two_nodes
    achievement = make_achievement(make_organisation(on=home), on=home)
    person = make_person(on=home)
    with home.unit():
        credential = issuing.issue(home, achievement.id, person_id=person.id)
        passport.share(home, credential.address, person_id=person.id)
    app = create_app(node=other)
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()
    address = f"{home.config.server.base_url}/credentials/{credential.address}"
    for text in (credential.document, address):
        assert "verdict is-valid" in browser.post("/verify", data={"text": text}).text
    with home.unit():
        issuing.revoke(home, credential.id, actor_id=person.id, reason="A mistake.")
    assert "verdict is-invalid" in browser.post("/verify", data={"text": credential.document}).text


def test_catalogue_is_searched_by_words_and_topics(
    node: Node, client: "FlaskClient", make_achievement: Callable[..., Achievement],
    organisation: "Organisation",
) -> None:  # fmt: skip
    make_achievement(organisation, name={"en": "Owl friend"}, tags=("nature",))
    make_achievement(organisation, name={"en": "Night cook"}, tags=("food",))
    assert "Night cook" not in client.get("/badges?q=owl").text
    assert "Owl friend" in client.get("/badges?tag=nature").text
    assert "Night cook" not in client.get("/badges?tag=nature").text
    assert "No badge fits all of this." in client.get("/badges?q=unicorns").text


def test_a_retired_badge_is_not_given_but_stays_with_its_holder(
    node: Node, client: "FlaskClient", achievement: Achievement, learner: "Person",
    sign_in: SignIn, credential: Credential,
) -> None:  # fmt: skip
    with node.unit():
        link = claims.create_link(node, achievement.id, actor_id=achievement.created_by)
        achievements.retire(node, achievement.id, actor_id=achievement.created_by)
    sign_in(client, learner)
    assert client.post(f"/claim/{link.code}").status_code == 409
    assert "real, unchanged and valid" in client.get(f"/credentials/{credential.address}").text


def test_a_visitor_signs_up_on_the_way_and_comes_back_to_the_badge(
    node: Node, client: "FlaskClient", achievement: Achievement, run_jobs: Callable[[Node], int]
) -> None:
    with node.unit():
        link = claims.create_link(node, achievement.id, actor_id=achievement.created_by)
    page = client.get(f"/claim/{link.code}").text
    assert "/sign-up" in page
    client.post(
        "/sign-up",
        data={
            "email": "new@example.org",
            "display_name": "New",
            "password": "violet-harbour-lantern-9",
        },
    )
    run_jobs(node)
    mail = next(mail for mail in list_development_mail(node) if mail.to == "new@example.org")
    found = re.search(r"http://localhost:8000(/link/\S+)", mail.text)
    assert found is not None
    joined = client.post(found.group(1))
    assert joined.location == f"/claim/{link.code}"
    taken = client.post(joined.location)
    assert "Robot builder" in client.get(taken.location).text


def test_many_holders_are_shown_page_by_page(
    node: Node, client: "FlaskClient", sign_in: SignIn, owner: "Person",
    achievement: Achievement, make_person: "Callable[..., Person]",
) -> None:  # fmt: skip
    people = [make_person(display_name=f"Person {number:03}") for number in range(52)]
    with node.unit():
        for person in people:
            issuing.issue(node, achievement.id, person_id=person.id)
    sign_in(client, owner)
    address = f"/organiser/badges/{achievement.id}"
    first, last = client.get(address).text, client.get(f"{address}?page=9").text
    assert first.count("Person 0") == 50
    assert last.count("Person 0") == 2
    assert "Who has it (52)" in first
