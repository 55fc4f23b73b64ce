"""Templates: a draft made from another badge, of this city or of another one, with attribution.

An organisation copies its own as it likes. A badge of somebody else is copied when its maker put
a licence on it, and the copy says who made it, where and under which licence.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from colnode.badges import achievements
from colnode.badges.content import Content
from colnode.badges.documents import achievement_url, text_in
from colnode.badges.kinds import KINDS
from colnode.badges.models import Achievement
from colnode.badges.more import Match, More, ResultKind, Source
from colnode.catalogue import OWN, RecordView, get
from colnode.errors import NotFound, Refused, _
from colnode.identity import organisations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from colnode.node import Node

__all__ = ["copy", "may_copy", "may_copy_record"]

_SHARE_ALIKE = "CC-BY-SA-4.0"
_TEXTS = ("name", "description", "criteria")


def copy(
    node: "Node", organisation_id: str, *, origin: str = OWN, source_id: str, actor_id: str
) -> Achievement:
    """Make a draft of the organisation after another badge; `origin` is a node id or OWN.

    Raises NotFound, and Refused for somebody else's without a licence.
    """
    if origin == OWN:
        content = _of_this_city(node, organisation_id, source_id)
    else:
        content = _of_another_city(node, origin, source_id)
    return achievements.create(node, organisation_id, content=content, actor_id=actor_id)


def may_copy(achievement: Achievement) -> bool:
    """Whether other organisations may copy it."""
    return achievement.is_published and bool(achievement.more.get("licence"))


def may_copy_record(record: RecordView) -> bool:
    """Whether it is a badge of another city whose maker put a licence on it."""
    return record.type == "achievement" and record.origin != OWN and "licence" in record.body


def _of_this_city(node: "Node", organisation_id: str, source_id: str) -> Content:
    source = achievements.get_achievement(node, source_id)
    content = achievements.content_of(source)
    if source.organisation_id == organisation_id:
        return content
    if not source.is_public:
        raise NotFound(_("There is no such badge."))
    if not may_copy(source):
        raise Refused(_("Its organisation does not let others copy this badge."))
    maker = organisations.get_organisation(node, source.organisation_id)
    main = source.main_language
    named = Source(
        name=text_in(source.name, main, main),
        creator=text_in(maker.name, main, node.config.main_language),
        url=achievement_url(node, source.id),
        licence=content.more.licence,
    )
    return replace(content, more=_made_after(content.more, named))


def _of_another_city(node: "Node", origin: str, record_id: str) -> Content:
    record = get(node, origin, record_id, record_type="achievement")
    if record is None:
        raise NotFound(_("There is no such badge."))
    if not may_copy_record(record):
        raise Refused(_("Its organisation does not let others copy this badge."))
    body = record.body
    source = Source(body["name"], body["creator"]["name"], body["id"], body["licence"])
    texts = {name: _texts(body, name) for name in _TEXTS}
    return Content(
        name=texts["name"],
        description=texts["description"],
        criteria=texts["criteria"],
        main_language=body["inLanguage"],
        tags=tuple(body.get("tag", ())),
        art={"shape": "scallop", "icon": "award", "seed": record_id[:60]},
        kind=body["achievementType"] if body["achievementType"] in KINDS else "Badge",
        more=_made_after(_more_of(body), source),
    )


def _texts(body: "Mapping[str, Any]", name: str) -> dict[str, str]:
    """One text in every language that the record has it in."""
    own = body["criteria"]["narrative"] if name == "criteria" else body[name]
    others = body.get("translations", {})
    return {body["inLanguage"]: own} | {
        language: texts[name] for language, texts in others.items() if name in texts
    }


def _more_of(body: "Mapping[str, Any]") -> More:
    return More(
        matches=tuple(
            Match(
                item["targetName"],
                item["targetUrl"],
                item.get("targetFramework"),
                item.get("targetCode"),
            )
            for item in body.get("alignment", ())
        ),
        results=tuple(_result(item) for item in body.get("resultDescription", ())),
        credits=body.get("creditsAvailable"),
        field_of_study=body.get("fieldOfStudy"),
        specialization=body.get("specialization"),
        licence=body.get("licence"),
    )


def _result(item: "Mapping[str, Any]") -> ResultKind:
    levels = {level["id"]: level["name"] for level in item.get("rubricCriterionLevel", ())}
    return ResultKind(
        item["name"],
        item["resultType"],
        tuple(levels.values()) or tuple(item.get("allowedValue", ())),
        levels.get(item.get("requiredLevel")) or item.get("requiredValue"),
    )


def _made_after(more: More, source: Source) -> More:
    """What a copy keeps: no code of a course, and the licence only where it must be passed on."""
    licence = source.licence if source.licence == _SHARE_ALIKE else None
    return replace(more, human_code=None, licence=licence, source=source)
