"""The other ways to earn and keep badges in a demonstration city, with something to look at."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from colnode.badges import (
    achievements,
    applications,
    bringing,
    codes,
    collections,
    issuing,
    passport,
    public_pages,
    rules,
    stamps,
)
from colnode.badges.applications import Reviewer
from colnode.badges.art import CoverKind, draw_cover, render_png
from colnode.badges.more import ResultGiven, ResultKind
from colnode.badges.request_files import Upload
from colnode.badges.stamps import Visibility
from colnode.demo.staging import Stage, in_the_past
from colnode.openbadges import building
from colnode.openbadges import issuing as signer
from colnode.openbadges.keys import KeyKind, SigningKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colnode.node import Node

__all__ = ["show_ways"]


def show_ways(node: "Node", stage: Stage) -> None:
    """Requests that wait, a rule, codes, versions with results, and what a learner keeps."""
    ways = stage.data["ways"]
    _second_version(node, stage, ways["results"])
    for given in ways["requests"]:
        _ask(node, stage, given)
    _rule_and_codes(node, stage, ways)
    _keep(node, stage, ways)
    _bring(node, stage, ways["brought"])


def _second_version(node: "Node", stage: Stage, given: "Mapping[str, Any]") -> None:
    """A badge says more since its second version, and somebody earned it with results."""
    achievement_id = stage.scene.achievements[given["achievement"]]
    actor_id = stage.owner_of(given["achievement"])
    kinds = [
        ResultKind(kind["name"], kind["kind"], tuple(kind["values"]), kind["required"])
        for kind in given["kinds"]
    ]
    with in_the_past(node, stage.today, days=60):
        content = achievements.content_of(achievements.get_achievement(node, achievement_id))
        more = replace(content.more, results=tuple(kinds))
        changed = replace(content, criteria=given["criteria"], more=more)
        achievements.edit(node, achievement_id, content=changed, actor_id=actor_id)
    with in_the_past(node, stage.today, days=9):
        issuing.issue(
            node,
            achievement_id,
            person_id=stage.scene.people[given["person"]],
            results=[ResultGiven(kind["name"], kind["given"]) for kind in given["kinds"]],
            actor_id=actor_id,
        )


def _ask(node: "Node", stage: Stage, given: "Mapping[str, Any]") -> None:
    key = given["achievement"]
    files = []
    if given.get("picture"):
        drawn = render_png(draw_cover(f"request:{key}", CoverKind.ACTIVITY), 640, 360)
        files = [Upload("picture.png", drawn)]
    with in_the_past(node, stage.today, days=given["days"]):
        applications.set_reviewer(
            node,
            stage.scene.achievements[key],
            reviewer=Reviewer(given["reviewer"]),
            actor_id=stage.owner_of(key),
        )
        applications.apply_for(
            node,
            stage.scene.achievements[key],
            person_id=stage.scene.people[given["person"]],
            narrative=given["narrative"],
            evidence=given.get("evidence", ()),
            files=files,
        )


def _rule_and_codes(node: "Node", stage: Stage, ways: "Mapping[str, Any]") -> None:
    rule, sheet = ways["rule"], ways["codes"]
    rules.create_rule(
        node,
        stage.scene.achievements[rule["achievement"]],
        rule="all_badges",
        things=[stage.scene.achievements[key] for key in rule["things"]],
        actor_id=stage.owner_of(rule["achievement"]),
    )
    codes.create_sheet(
        node,
        stage.scene.achievements[sheet["achievement"]],
        count=sheet["count"],
        label=sheet["label"][stage.languages[0]],
        actor_id=stage.owner_of(sheet["achievement"]),
    )


def _keep(node: "Node", stage: Stage, ways: "Mapping[str, Any]") -> None:
    """A collection that is shared, and a public page."""
    given, page = ways["collection"], ways["public_page"]
    person_id = stage.scene.people[given["person"]]
    held = {
        item.achievement.id: item.credential.address
        for item in passport.list_credentials(node, person_id)
    }
    made = collections.create(
        node,
        person_id=person_id,
        title=given["title"],
        text=given["text"],
        addresses=[held[stage.scene.achievements[key]] for key in given["achievements"]],
    )
    collections.share(node, made.collection.address, person_id=person_id, with_badges=True)
    public_pages.open_page(node, person_id=person_id, text=page["text"])
    for key in page["achievements"]:
        stamps.set_visibility(
            node,
            held[stage.scene.achievements[key]],
            person_id=person_id,
            visibility=Visibility.PUBLIC,
        )


def _bring(node: "Node", stage: Stage, given: "Mapping[str, Any]") -> None:
    """A badge of a summer school elsewhere, which has a did:key and no website."""
    key = SigningKey.generate(KeyKind.ED25519)
    did = f"did:key:{key.multibase}"
    with in_the_past(node, stage.today, days=given["days"]):
        earned_at = node.clock.now().replace(microsecond=0)
    document = building.build_credential(
        id="urn:uuid:018f2b4e-0000-7000-8000-00000000d0d0",
        achievement=building.AchievementData(
            id="urn:uuid:018f2b4e-0000-7000-8000-00000000d0d1",
            name=given["name"],
            description=given["description"],
            criteria_narrative=given["criteria"],
        ),
        issuer=building.IssuerProfile(did, given["issuer"]),
        subject=building.Subject("urn:uuid:018f2b4e-0000-7000-8000-00000000d0d2"),
        valid_from=earned_at,
    )
    method = f"{did}#{key.multibase}"
    signed = signer.issue(document, key=key, verification_method=method, created=earned_at)
    person_id = stage.scene.people[given["person"]]
    bringing.bring_in(node, person_id=person_id, document=signed)
