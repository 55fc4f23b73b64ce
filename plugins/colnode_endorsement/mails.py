"""What people are told about endorsements, by page and mail; and the mail with a link to answer."""

from __future__ import annotations

from colnode.plugin import (
    LangMap,
    Node,
    Notification,
    _,
    catalogue,
    notify,
    organisations,
    send_mail,
)
from colnode_endorsement import models, subjects
from colnode_endorsement.states import Answer, Kind

__all__ = [
    "NOTIFICATIONS",
    "ask",
    "ask_owners",
    "look_again",
    "not_signed",
    "tell_answer",
    "tell_endorsed",
]

_ASKED, _GIVEN = "endorsement_asked", "endorsement_given"
NOTIFICATIONS = (
    Notification(_ASKED, _("Somebody asks you for an endorsement, or answers yours")),
    Notification(_GIVEN, _("Somebody endorses you, or what you endorse has changed")),
)
_SUBJECT = _("{asker} asks you to stand behind “{name}”")


def ask(
    node: Node, asked: models.Ask, *, to: str, token: str, asker: LangMap | str, days: int
) -> None:
    """Mail the link with which somebody answers. Raises Invalid for an impossible address."""
    wishes = (asked.language, node.config.main_language)
    send_mail(
        node,
        to,
        language=asked.language,
        subject=_SUBJECT,
        text=_(
            "Hello,\n\n{asker} asks you to endorse “{name}”. An endorsement says, signed by your "
            "organisation, that you stand behind it.\n\n{message}\n\nOpen this link to read "
            "more, and to say yes or no:\n\n{link}\n\nYou can answer within {days} days. If "
            "you don't want to, you need not do anything.\n\n{city}\n"
        ),
        asker=asker if isinstance(asker, str) else catalogue.choose(asker, wishes),
        name=catalogue.choose(asked.about_name, wishes),
        message=asked.message,
        days=days,
        link=f"{node.config.server.base_url}/endorsements/asked/{token}",
    )


def ask_owners(node: Node, asked: models.Ask, *, asker: LangMap | str, days: int) -> None:
    """Tell the owners of an organisation of this city that somebody asks."""
    for person_id in _owners(node, asked.endorser_id):
        notify(
            node,
            person_id,
            _ASKED,
            subject=_SUBJECT,
            text=_(
                "{asker} asks you to endorse “{name}”. An endorsement says, signed by your "
                "organisation, that you stand behind it.\n\n{message}\n\nYou can answer within "
                "{days} days."
            ),
            url=f"/organiser/endorsements/requests/{asked.id}",
            parameters={
                "asker": asker,
                "name": dict(asked.about_name),
                "message": asked.message,
                "days": days,
            },
        )


def tell_answer(node: Node, asked: models.Ask, *, endorser: LangMap | str) -> None:
    """Tell who asked that the answer is no, or that yes waits for the city."""
    if asked.asked_by is None:
        return
    text = _(
        "{endorser} wants to endorse “{name}”. It is signed as soon as the city has looked at "
        "their organisation."
    )
    if asked.state == Answer.DECLINED:
        text = _("{endorser} does not endorse “{name}” this time. {answer}")
    notify(
        node,
        asked.asked_by,
        _ASKED,
        subject=_("The answer about “{name}”"),
        text=text,
        parameters={
            "endorser": endorser,
            "name": dict(asked.about_name),
            "answer": asked.answer,
        },
    )


def tell_endorsed(node: Node, given: models.Given, subject: subjects.Subject) -> None:
    """Tell the holder, or the owners of what was endorsed, where they are of this city."""
    organisation = organisations.get_organisation(node, given.organisation_id)
    people = _owners(node, subject.owner_id)
    text = _(
        "{endorser} stands behind “{name}”. They wrote:\n\n{comment}\n\nEverybody sees it on "
        "its page."
    )
    url = subject.page_url
    if given.kind == Kind.CREDENTIAL:
        people = [subject.holder_id] if subject.holder_id else []
        text = _(
            "{endorser} stands behind your badge “{name}”. They wrote:\n\n{comment}\n\nNobody "
            "else sees it until you show it."
        )
        url = f"/my-badges/{subject.id.rpartition('/')[2]}/endorsements"
    for person_id in people:
        notify(
            node,
            person_id,
            _GIVEN,
            subject=_("{endorser} stands behind “{name}”"),
            text=text,
            url=url,
            parameters={
                "endorser": dict(organisation.name),
                "name": dict(given.about_name),
                "comment": given.comment or given.opportunity,
            },
        )


def look_again(node: Node, given: models.Given) -> None:
    """Ask the endorser's owners to look again at what has changed."""
    for person_id in _owners(node, given.organisation_id):
        notify(
            node,
            person_id,
            _GIVEN,
            subject=_("“{name}” has changed since you endorsed it"),
            text=_(
                "Your organisation endorses “{name}”, which now says something else. Please look "
                "again, and confirm your endorsement or withdraw it. Until then its page says "
                "that you endorsed it as it was."
            ),
            url=f"/organiser/{given.organisation_id}/endorsements",
            parameters={"name": dict(given.about_name)},
        )


def not_signed(node: Node, given: models.Given, reason: str) -> None:
    """Tell who wrote an endorsement of another city's badge why it could not be signed."""
    if given.created_by is not None:
        notify(
            node,
            given.created_by,
            _GIVEN,
            subject=_("Your endorsement was not signed"),
            text=_("You wanted to endorse the badge at {link}. It was not signed: {reason}"),
            parameters={"link": given.about, "reason": reason},
        )


def _owners(node: Node, organisation_id: str | None) -> list[str]:
    if organisation_id is None:
        return []
    members = organisations.list_members(node, organisation_id)
    return [member.person_id for member in members if member.role == "owner"]
