"""The pages of the ways to earn, as somebody without JavaScript uses them."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from colnode.badges import (
    applications,
    awards,
    claims,
    codes,
    issuing,
    measuring,
    offers,
    rules,
    states,
)
from colnode.badges.applications import Reviewer
from colnode.badges.models import Achievement, Credential
from colnode.badges.more import More, ResultKind
from colnode.identity import people
from colnode.mail import list_development_mail
from colnode.node import Node

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from colnode.identity.models import Organisation, Person

pytestmark = pytest.mark.databases("sqlite")
"""Their verbs are tested on both databases, in their rooms."""

SignIn = Callable[["FlaskClient", "Person"], None]
TABLE = "email,narrative\nkai@example.org,Built <b>one</b>.\nbroken,\n"


@pytest.fixture
def credential(node: Node, achievement: Achievement, learner: "Person") -> Credential:
    """The learner's badge, not shared, which can be suspended."""
    with node.unit():
        states.set_suspension(
            node, achievement.organisation_id, is_on=True, actor_id=achievement.created_by
        )
        return issuing.issue(node, achievement.id, person_id=learner.id, narrative="Built one.")


def other(client: "FlaskClient") -> "FlaskClient":
    return client.application.test_client()


# Choosing a way


def test_every_way_to_give_is_on_one_page(
    client: "FlaskClient", sign_in: SignIn, owner: "Person", achievement: Achievement
) -> None:
    sign_in(client, owner)
    base = f"/organiser/badges/{achievement.id}"
    assert f'href="{base}/give"' in client.get(base).text
    page = client.get(f"{base}/give").text
    for way in ("award", "table", "links", "codes", "requests", "rules"):
        assert f'href="{base}/{way}"' in page
        assert client.get(f"{base}/{way}").status_code == 200


def test_strangers_stay_out_of_the_ways_to_give(
    client: "FlaskClient", sign_in: SignIn, learner: "Person", achievement: Achievement,
    credential: Credential,
) -> None:  # fmt: skip
    sign_in(client, learner)
    for way in ("give", "table", "codes", "requests", "rules"):
        assert client.get(f"/organiser/badges/{achievement.id}/{way}").status_code == 403
    for way in ("", "/correct", "/suspend"):
        assert client.get(f"/organiser/credentials/{credential.id}{way}").status_code == 403


# A table


def test_a_table_is_looked_through_then_sent(
    node: Node, client: "FlaskClient", sign_in: SignIn, owner: "Person", achievement: Achievement
) -> None:
    sign_in(client, owner)
    path = f"/organiser/badges/{achievement.id}/table"
    upload = {"file": (BytesIO(TABLE.encode()), "people.csv"), "step": "check"}
    check = client.post(path, data=upload)
    assert "Nothing has been sent yet" in check.text
    assert "One row is left out" in check.text
    kept = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", check.text, re.DOTALL)
    assert kept is not None
    assert "&lt;b&gt;" in kept.group(1)
    with node.reading():
        assert offers.list_offers(node, achievement.id) == []
    done = client.post(path, data={"table": TABLE, "step": "send"})
    assert "One badge is on its way" in done.text
    with node.reading():
        (offer,) = offers.list_offers(node, achievement.id)
    assert offer.narrative == "Built <b>one</b>."


def test_a_file_that_is_no_table_is_refused_beside_its_field(
    client: "FlaskClient", sign_in: SignIn, owner: "Person", achievement: Achievement
) -> None:
    sign_in(client, owner)
    path = f"/organiser/badges/{achievement.id}/table"
    for data in (b"\xff\xfe\x00", b"\x00\x01\x02\xff", b"no head at all"):
        answer = client.post(path, data={"file": (BytesIO(data), "x.csv")})
        assert answer.status_code == 422
        assert "field-error" in answer.text or "form-errors" in answer.text
    sample = client.get(f"/organiser/badges/{achievement.id}/table.csv")
    assert sample.content_type.startswith("text/csv")
    assert b"email,narrative" in sample.data


# Printed codes


def test_codes_are_made_printed_and_closed(
    node: Node, client: "FlaskClient", sign_in: SignIn, owner: "Person", achievement: Achievement
) -> None:
    sign_in(client, owner)
    path = f"/organiser/badges/{achievement.id}/codes"
    assert client.post(path, data={"count": "0"}).status_code == 422
    assert client.post(path, data={"count": "2", "expires_on": "soon"}).status_code == 422
    made = client.post(path, data={"count": "2", "label": "Saturday"})
    page = client.get(made.location).text
    assert "Print 2 codes" in page
    pdf = client.get(made.location + ".pdf")
    assert (pdf.content_type, pdf.data[:5]) == ("application/pdf", b"%PDF-")
    assert pdf.headers["Cache-Control"] == "private, no-store"
    assert "Saturday" in client.get(f"/organiser/badges/{achievement.id}").text
    closed = client.post(made.location + "/close", follow_redirects=True)
    assert "Nobody can take a badge with them" in closed.text
    assert client.get(made.location + ".pdf").status_code == 410
    with node.reading():
        (view,) = codes.list_sheets(node, achievement.id)
        assert not view.is_open


# Requests


def test_a_learner_asks_and_an_organiser_says_yes(
    node: Node, client: "FlaskClient", sign_in: SignIn, owner: "Person", learner: "Person",
    achievement: Achievement,
) -> None:  # fmt: skip
    organiser = other(client)
    sign_in(organiser, owner)
    sign_in(client, learner)
    badge = f"/badges/{achievement.id}"
    assert "Ask for this badge" not in client.get(badge).text
    organiser.post(f"/organiser{badge}/requests", data={"reviewer": "organiser"})
    assert "Ask for this badge" in client.get(badge).text
    wrong = client.post(f"{badge}/request", data={"narrative": " ", "evidence": "https://a.b/c"})
    assert wrong.status_code == 422
    assert "https://a.b/c" in wrong.text
    made = client.post(f"{badge}/request", data={"narrative": "I heard bats."})
    assert "I heard bats." in client.get(made.location).text
    assert client.get(f"{badge}/request").location == made.location
    assert "Robot builder" in client.get("/requests").text
    assert "request for a badge waits" in organiser.get("/organiser").text
    waiting = organiser.get(f"/organiser/{achievement.organisation_id}/requests").text
    assert "Kai Learner" in waiting
    answer = f"{made.location}/answer"
    assert organiser.post(answer, data={"answer": "no"}).status_code == 422
    done = organiser.post(answer, data={"answer": "yes", "comment": "Lovely."})
    assert done.status_code == 302
    page = client.get(made.location).text
    assert "Lovely." in page
    address = re.search(r'href="(/credentials/[^"]+)"', page)
    assert address is not None
    assert "I heard bats." in client.get(address.group(1)).text


def test_a_request_is_seen_by_who_made_it_and_who_may_answer_alone(
    node: Node, client: "FlaskClient", sign_in: SignIn, learner: "Person",
    achievement: Achievement, make_person: "Callable[..., Person]",
) -> None:  # fmt: skip
    with node.unit():
        applications.set_reviewer(
            node, achievement.id, reviewer=Reviewer.PEER, actor_id=achievement.created_by
        )
        made = applications.apply_for(
            node, achievement.id, person_id=learner.id, narrative="I heard bats."
        )
    stranger, peer = make_person(), make_person()
    sign_in(client, stranger)
    assert client.get(f"/requests/{made.id}").status_code == 404
    assert client.post(f"/requests/{made.id}/answer", data={"answer": "yes"}).status_code == 404
    hint = "One person asks for a badge that you have."
    assert hint not in client.get("/my-badges").text
    with node.unit():
        issuing.issue(node, achievement.id, person_id=peer.id)
    sign_in(client, peer)
    assert hint in client.get("/my-badges").text
    assert "You can help" in client.get("/requests").text
    assert "Grant the badge" in client.get(f"/requests/{made.id}").text
    assert client.post(f"/requests/{made.id}/answer", data={"answer": "yes"}).status_code == 302
    assert hint not in client.get("/my-badges").text


def test_who_decides_alone_has_the_badge_at_once(
    client: "FlaskClient", sign_in: SignIn, owner: "Person", learner: "Person",
    achievement: Achievement,
) -> None:  # fmt: skip
    organiser = other(client)
    sign_in(organiser, owner)
    organiser.post(f"/organiser/badges/{achievement.id}/requests", data={"reviewer": "self"})
    sign_in(client, learner)
    made = client.post(f"/badges/{achievement.id}/request", data={"narrative": "I did it."})
    assert made.location.startswith("/credentials/")
    again = client.post(f"/badges/{achievement.id}/request", data={"narrative": "I did it."})
    assert again.status_code == 409
    page = client.get(f"/badges/{achievement.id}/request").text
    assert "You have this badge already" in page
    assert 'name="narrative"' not in page


def test_a_request_is_taken_back(
    node: Node, client: "FlaskClient", sign_in: SignIn, learner: "Person", achievement: Achievement
) -> None:
    with node.unit():
        applications.set_reviewer(
            node, achievement.id, reviewer=Reviewer.ORGANISER, actor_id=achievement.created_by
        )
    sign_in(client, learner)
    made = client.post(f"/badges/{achievement.id}/request", data={"narrative": "I did it."})
    assert "Take the request back" in client.get(made.location).text
    client.post(f"{made.location}/withdraw")
    assert "Taken back" in client.get("/requests").text


# Rules


def test_a_rule_is_started_shown_and_ended(
    node: Node, client: "FlaskClient", sign_in: SignIn, owner: "Person",
    achievement: Achievement, organisation: "Organisation",
    make_achievement: Callable[..., Achievement],
) -> None:  # fmt: skip
    crown = make_achievement(organisation, name={"en": "Crown"})
    sign_in(client, owner)
    path = f"/organiser/badges/{crown.id}/rules"
    form = client.get(path).text
    assert "Robot builder" in form
    assert "Whoever has all of these badges" in form
    assert client.post(path, data={"rule": "all_badges"}).status_code == 422
    client.post(path, data={"rule": "all_badges", "things.all_badges": [achievement.id]})
    assert "Rules at work" in client.get(path).text
    with node.reading():
        (rule,) = rules.list_rules(node, crown.id)
    client.post(f"/organiser/rules/{rule.id}/end")
    assert "Rules at work" not in client.get(path).text


# What the earner adds


@pytest.mark.parametrize("year", [1990, 2012, None])
def test_only_adults_are_asked_whether_they_want_to_be_named(
    node: Node, client: "FlaskClient", sign_in: SignIn, learner: "Person",
    achievement: Achievement, year: int | None,
) -> None:  # fmt: skip
    with node.unit():
        people.edit_person(
            node, learner.id, display_name="Kai Learner", language="en", birth_year=year
        )
        link = claims.create_link(node, achievement.id, actor_id=achievement.created_by)
    sign_in(client, learner)
    path = f"/claim/{link.code}"
    assert ('name="is_named"' in client.get(path).text) is (year == 1990)
    taken = client.post(path, data={"reflection": "I learned patience.", "is_named": "1"})
    if year != 1990:
        assert taken.status_code == 422
        assert "I learned patience." in taken.text
        taken = client.post(path, data={"reflection": "I learned patience."})
    page = client.get(taken.location).text
    assert "I learned patience." in page
    credential = re.search(r"/credentials/([^?]+)", taken.location)
    assert credential is not None
    document = client.get(f"/credentials/{credential.group(1)}.json").text
    assert ("Kai Learner" in document) is (year == 1990)


def test_opening_the_offers_page_counts_once_and_needs_no_pixel(
    node: Node, client: "FlaskClient", achievement: Achievement, run_jobs: Callable[[Node], int]
) -> None:
    with node.unit():
        awards.award(
            node, achievement.id, emails=["kai@example.org"], actor_id=achievement.created_by
        )
    run_jobs(node)
    (mail,) = [mail for mail in list_development_mail(node) if mail.to == "kai@example.org"]
    token = mail.text.partition("/offer/")[2].split()[0]
    assert "<img" not in (mail.html or "")

    def opened() -> int:
        with node.reading():
            return measuring.claim_rate(node, achievement_id=achievement.id).opened

    client.head(f"/offer/{token}")
    assert opened() == 0
    client.get(f"/offer/{token}")
    client.get(f"/offer/{token}")
    assert opened() == 1


def test_a_waiting_badge_can_be_looked_at_before_it_is_taken(
    node: Node, client: "FlaskClient", sign_in: SignIn, learner: "Person", achievement: Achievement
) -> None:
    with node.unit():
        (result,) = awards.award(
            node, achievement.id, emails=["kai@example.org"], actor_id=achievement.created_by
        )
    sign_in(client, learner)
    path = f"/my-badges/offers/{result.offer_id}"
    assert f'href="{path}"' in client.get("/my-badges").text
    assert 'name="reflection"' in client.get(path).text
    taken = client.post(f"{path}/accept", data={"reflection": "Patience."})
    assert "Patience." in client.get(taken.location).text


# Correcting and suspending


def test_an_organiser_corrects_a_badge(
    client: "FlaskClient", sign_in: SignIn, owner: "Person", learner: "Person",
    credential: Credential,
) -> None:  # fmt: skip
    sign_in(client, owner)
    path = f"/organiser/credentials/{credential.id}"
    assert "Built one." in client.get(path).text
    form = client.get(f"{path}/correct").text
    assert "Built one." in form
    wrong = client.post(f"{path}/correct", data={"narrative": "Built two.", "reason": ""})
    assert wrong.status_code == 422
    assert "Built two." in wrong.text
    words = {"narrative": "Built two.", "reason": "A slip.", "valid_until": "2030-05-31"}
    new = client.post(f"{path}/correct", data=words)
    assert "Built two." in client.get(new.location).text
    assert "a new badge took its place" in client.get(path).text
    sign_in(client, learner)
    old = client.get(f"/credentials/{credential.address}").text
    link = re.search(r'A slip. The corrected badge: <a href="([^"]+)"', old)
    assert link is not None
    assert "Built two." in client.get(link.group(1)).text


def test_an_organiser_suspends_and_resumes_a_badge(
    client: "FlaskClient", sign_in: SignIn, owner: "Person", learner: "Person",
    achievement: Achievement, credential: Credential,
) -> None:  # fmt: skip
    holder = other(client)
    sign_in(holder, learner)
    sign_in(client, owner)
    path = f"/organiser/credentials/{credential.id}"
    assert client.post(f"{path}/suspend", data={"reason": " "}).status_code == 422
    client.post(f"{path}/suspend", data={"reason": "A question is open."})
    for page in (path, f"/organiser/badges/{achievement.id}"):
        assert "A question is open." in client.get(page).text
    seen = holder.get(f"/credentials/{credential.address}").text
    assert "A question is open." in seen
    assert "This badge is suspended at the moment." in seen
    assert "Suspended" in holder.get("/my-badges").text
    client.post(f"{path}/resume")
    assert "A question is open." not in holder.get(f"/credentials/{credential.address}").text


def test_an_owner_turns_suspension_on_and_off(
    node: Node, client: "FlaskClient", sign_in: SignIn, owner: "Person",
    organisation: "Organisation",
) -> None:  # fmt: skip
    sign_in(client, owner)
    page = f"/organiser/{organisation.id}"
    assert "Turn it on" in client.get(page).text
    client.post(f"{page}/suspension", data={"is_on": "1"})
    assert "Turn it off" in client.get(page).text
    with node.reading():
        assert states.has_suspension(node, organisation.id)
    client.post(f"{page}/suspension", data={"is_on": "0"})
    assert "Turn it on" in client.get(page).text


def test_the_claim_rate_is_a_small_chart(
    node: Node, client: "FlaskClient", sign_in: SignIn, owner: "Person", learner: "Person",
    achievement: Achievement,
) -> None:  # fmt: skip
    with node.unit():
        first, _second = awards.award(
            node,
            achievement.id,
            emails=["kai@example.org", "rasa@example.org"],
            actor_id=achievement.created_by,
        )
        issuing.accept(node, str(first.offer_id), person_id=learner.id)
    sign_in(client, owner)
    for page in (
        f"/organiser/badges/{achievement.id}",
        f"/organiser/{achievement.organisation_id}",
    ):
        text = client.get(page).text
        assert "Taken so far: 50 %" in text
        assert 'class="funnel-3" width="50.0"' in text


# Results


def test_an_organiser_says_the_result_and_everybody_reads_it(
    node: Node, client: "FlaskClient", sign_in: SignIn, owner: "Person", learner: "Person",
    organisation: "Organisation", make_achievement: Callable[..., Achievement],
) -> None:  # fmt: skip
    levels = ResultKind("Teamwork", "RubricCriterionLevel", ("begins", "can"), "can")
    badge = make_achievement(
        organisation, more=More(results=(levels, ResultKind("Course", "Status")))
    )
    sign_in(client, owner)
    path = f"/organiser/badges/{badge.id}"
    assert "at least can" in client.get(f"/badges/{badge.id}").text
    for form in ("award", "links", "codes", "edit"):
        page = client.get(f"{path}/{form}").text
        assert "Teamwork" in page, form
    assert "result: Teamwork" in client.get(f"{path}/table").text
    sample = client.get(f"{path}/table.csv").text
    assert "result: Teamwork" in sample
    given = {"emails": "kai@example.org", "result.0": "begins", "result.1": "Completed"}
    refused = client.post(f"{path}/award", data=given | {"step": "check"})
    assert refused.status_code == 422
    assert "has to be at least “can”" in refused.text
    given["result.0"] = "can"
    checked = client.post(f"{path}/award", data=given | {"step": "check"}).text
    assert '<textarea name="result.0" hidden' in checked
    client.post(f"{path}/award", data=given | {"step": "send"})
    link = client.post(f"{path}/links", data={"result.0": "can"})
    assert "Teamwork: <strong>can</strong>" in client.get(link.location).text
    with node.unit():
        (offer,) = offers.list_offers(node, badge.id)
        credential = issuing.accept(node, offer.id, person_id=learner.id)
    correct = client.get(f"/organiser/credentials/{credential.id}/correct").text
    assert '<option value="can" selected>' in correct
    sign_in(client, learner)
    pages = [
        client.get(f"/credentials/{credential.address}").text,
        client.post("/verify", data={"text": credential.document}).text,
    ]
    for text in pages:
        assert re.search(r"Teamwork</dt><dd[^>]*>can<", text)
        assert re.search(r"Course</dt><dd[^>]*>passed<", text)


def test_a_reviewer_chooses_the_level(
    node: Node, client: "FlaskClient", sign_in: SignIn, owner: "Person", learner: "Person",
    organisation: "Organisation", make_achievement: Callable[..., Achievement],
) -> None:  # fmt: skip
    levels = ResultKind("Teamwork", "RubricCriterionLevel", ("begins", "can"))
    badge = make_achievement(organisation, more=More(results=(levels,)))
    with node.unit():
        applications.set_reviewer(
            node, badge.id, reviewer=Reviewer.ORGANISER, actor_id=badge.created_by
        )
        made = applications.apply_for(node, badge.id, person_id=learner.id, narrative="I did it.")
    sign_in(client, owner)
    path = f"/requests/{made.id}"
    assert '<option value="begins">' in client.get(path).text
    wrong = client.post(f"{path}/answer", data={"answer": "yes", "result.0": "shines"})
    assert wrong.status_code == 422
    client.post(f"{path}/answer", data={"answer": "yes", "result.0": "begins"})
    with node.reading():
        done = applications.get_application(node, made.id)
        credential = issuing.get_credential(node, str(done.credential_id))
    assert "#result-1-level-1" in credential.document


def test_files_of_a_request_are_seen_by_who_sent_them_and_who_answers_alone(
    node: Node, client: "FlaskClient", sign_in: SignIn, owner: "Person", learner: "Person",
    achievement: Achievement, make_person: "Callable[..., Person]",
) -> None:  # fmt: skip
    with node.unit():
        applications.set_reviewer(
            node, achievement.id, reviewer=Reviewer.ORGANISER, actor_id=achievement.created_by
        )
    sign_in(client, learner)
    form = client.get(f"/badges/{achievement.id}/request").text
    assert 'enctype="multipart/form-data"' in form
    assert "They never become part of the badge" in form
    words = {"narrative": "I built it."}
    wrong = {**words, "files": (BytesIO(b"MZ"), "x.exe")}
    refused = client.post(f"/badges/{achievement.id}/request", data=wrong)
    assert refused.status_code == 422
    assert "I built it." in refused.text
    picture = BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    sent = [(BytesIO(picture.getvalue()), "robot.png"), (BytesIO(b"%PDF-1.7\n"), "plan ž.pdf")]
    made = client.post(f"/badges/{achievement.id}/request", data={**words, "files": sent})
    page = client.get(made.location).text
    shown, loaded = re.findall(r'<a [^>]*href="(/requests/[^"]+/files/[^"]+)"', page)
    assert "plan ž.pdf" in page
    for person in (owner, learner):
        sign_in(client, person)
        seen = client.get(shown)
        assert (seen.content_type, seen.headers["Cache-Control"]) == (
            "image/png",
            "private, no-store",
        )
        saved = client.get(loaded)
        assert saved.data == b"%PDF-1.7\n"
        assert saved.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in saved.headers["Content-Security-Policy"]
    sign_in(client, make_person())
    assert client.get(shown).status_code == client.get(loaded).status_code == 404
    assert other(client).get(shown).status_code in (302, 401, 403)
