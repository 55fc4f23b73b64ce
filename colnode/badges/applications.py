"""Requests for a badge: somebody says what they did and shows it, somebody reviews it.

Who reviews is set for each badge: the person themselves, people who hold it, or organisers, who
may always do so unless it is the person alone. The badge is signed when the request is granted.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from colnode import audit
from colnode.badges import achievements, issuing, messages, request_files, request_mails, rules
from colnode.badges.checking import check_evidence
from colnode.badges.content import check_text
from colnode.badges.documents import achievement_url, credential_url, text_in
from colnode.badges.models import Application, ApplicationState, Reviewer, ReviewRule
from colnode.badges.more import ResultGiven
from colnode.badges.request_files import Upload
from colnode.clock import format_rfc3339
from colnode.db import new_id
from colnode.errors import Conflict, Forbidden, Gone, Invalid, NotFound, Refused, _
from colnode.identity import organisations, people

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "Reviewer",
    "apply_for",
    "count_waiting",
    "erase",
    "export",
    "find_waiting",
    "get_application",
    "list_for_organiser",
    "list_for_peer",
    "list_own",
    "list_waiting",
    "may_review",
    "review",
    "reviewer_of",
    "set_reviewer",
    "withdraw",
]


def set_reviewer(
    node: "Node", achievement_id: str, *, reviewer: Reviewer | None, actor_id: str
) -> None:
    """Let people ask for the badge, and say who reviews; None ends that.

    Requests that wait can still be answered. Raises NotFound.
    """
    achievement = achievements.get_achievement(node, achievement_id)
    rule = node.db.get(ReviewRule, achievement_id)
    if (rule.reviewer if rule else None) == reviewer:
        return
    if reviewer is None:
        node.db.delete(rule)
    else:
        node.db.merge(
            ReviewRule(
                achievement_id=achievement_id,
                reviewer=reviewer,
                changed_by=actor_id,
                changed_at=node.clock.now(),
            )
        )
    node.db.flush()
    audit.record(
        node,
        "achievement.reviewer_set",
        subject_type="achievement",
        subject_id=achievement_id,
        actor_id=actor_id,
        detail={"organisation_id": achievement.organisation_id, "reviewer": reviewer},
    )


def reviewer_of(node: "Node", achievement_id: str) -> Reviewer | None:
    """Who reviews requests for the badge; None when it cannot be asked for."""
    rule = node.db.get(ReviewRule, achievement_id)
    return Reviewer(rule.reviewer) if rule else None


def apply_for(
    node: "Node",
    achievement_id: str,
    *,
    person_id: str,
    narrative: str,
    evidence: Sequence[str] = (),
    is_named: bool = False,
    files: Sequence[Upload] = (),
) -> Application:
    """Ask for a badge. Where people review themselves, it is granted and signed at once.

    `files` are seen by whoever may answer and never become part of the badge; else those who may
    award are mailed soon. Raises Refused (cannot be asked for, held already, too many files kept),
    Conflict (a request waits), and Invalid (no words, bad addresses or files, too young to be
    named, files where nobody else looks at them).
    """
    achievement = achievements.get_achievement(node, achievement_id)
    reviewer = reviewer_of(node, achievement_id)
    organisations.require_verified(node, achievement.organisation_id)
    if reviewer is None or not achievement.is_published:
        raise Refused(_("Nobody can ask for this badge at the moment."))
    if rules.has_badge(node, person_id, achievement_id):
        raise Refused(_("You have this badge already. You find it under My badges."))
    if is_named:
        issuing.check_named(node, people.get_person(node, person_id))
    prepared = request_files.prepare_files(files)
    if prepared and reviewer is Reviewer.SELF:
        message = _("Nobody would look at the files: you decide about this badge yourself.")
        raise Invalid(message, fields={"files": message})
    application = Application(
        id=new_id(),
        achievement_id=achievement_id,
        organisation_id=achievement.organisation_id,
        person_id=person_id,
        state=ApplicationState.WAITING,
        narrative=_check_words(narrative),
        evidence=check_evidence(evidence),
        is_named=is_named,
        created_at=node.clock.now(),
    )
    try:
        with node.db.begin_nested():
            node.db.add(application)
            node.db.flush()
    except IntegrityError:
        raise Conflict(_("You have asked for this badge already. Wait for the answer.")) from None
    request_files.keep(node, application, prepared)
    _note(node, application, "request.made", person_id)
    if reviewer is Reviewer.SELF:
        _grant(node, application, person_id, None, ())
    else:
        request_mails.plan(node, application.organisation_id)
    return application


def may_review(
    node: "Node", application: Application, *, reviewer_id: str, is_organiser: bool
) -> bool:
    """Whether somebody may answer a request; nobody answers their own.

    `is_organiser` is whether they may award badges of the organisation.
    """
    if application.person_id == reviewer_id:
        return False
    if is_organiser:
        return True
    is_peer = reviewer_of(node, application.achievement_id) is Reviewer.PEER
    return is_peer and rules.has_badge(node, reviewer_id, application.achievement_id)


def review(
    node: "Node",
    application_id: str,
    *,
    reviewer_id: str,
    is_organiser: bool,
    is_granted: bool,
    comment: str | None = None,
    results: Sequence[ResultGiven] = (),
) -> Application:
    """Answer a request: the badge is signed, or the comment says what is missing.

    `results` are what the reviewer found that the person reached; they go into the badge. The
    person is told by mail. The same answer twice is the same as once. Raises NotFound,
    Forbidden, Gone (answered otherwise, withdrawn), Invalid (declined without a comment, a result
    that the badge does not have), and Refused when the badge cannot be given.
    """
    application = _locked(node, application_id)
    if not may_review(node, application, reviewer_id=reviewer_id, is_organiser=is_organiser):
        raise Forbidden(_("You may not answer this request."))
    wanted = ApplicationState.GRANTED if is_granted else ApplicationState.DECLINED
    if application.state == wanted:
        return application
    if not application.is_waiting:
        raise Gone(_("This request was answered or taken back already."))
    words = check_text(comment, longest=2_000)
    if is_granted:
        _grant(node, application, reviewer_id, words, results)
    else:
        _decline(node, application, reviewer_id, words)
    _tell(node, application)
    return application


def withdraw(node: "Node", application_id: str, *, person_id: str) -> Application:
    """Take one's own request back; its files are deleted. Twice is the same as once.

    Raises NotFound, Gone.
    """
    application = _locked(node, application_id)
    if application.person_id != person_id:
        raise NotFound(_("There is no such request."))
    if application.state == ApplicationState.WITHDRAWN:
        return application
    if not application.is_waiting:
        raise Gone(_("This request was answered already."))
    request_files.forget(node, application.id)
    _answer(node, application, ApplicationState.WITHDRAWN, None, None)
    _note(node, application, "request.withdrawn", person_id)
    return application


def get_application(node: "Node", application_id: str) -> Application:
    """A request by its id. Raises NotFound."""
    application = node.db.get(Application, application_id)
    if application is None:
        raise NotFound(_("There is no such request."))
    return application


def find_waiting(node: "Node", achievement_id: str, person_id: str) -> Application | None:
    """The person's request for the badge that waits, None without one."""
    query = select(Application).where(
        Application.achievement_id == achievement_id,
        Application.person_id == person_id,
        Application.state == ApplicationState.WAITING,
    )
    return node.db.scalar(query)


def list_own(node: "Node", person_id: str) -> Sequence[Application]:
    """A person's requests, newest first."""
    query = select(Application).where(Application.person_id == person_id)
    return node.db.scalars(query.order_by(Application.created_at.desc(), Application.id)).all()


def list_for_organiser(
    node: "Node", achievement_id: str, *, limit: int = 200
) -> Sequence[Application]:
    """Requests for a badge: those that wait first, the oldest of them on top."""
    is_answered = Application.state != ApplicationState.WAITING
    query = (
        select(Application)
        .where(
            Application.achievement_id == achievement_id,
            Application.state != ApplicationState.WITHDRAWN,
        )
        .order_by(is_answered, Application.created_at, Application.id)
    )
    return node.db.scalars(query.limit(limit)).all()


def list_waiting(node: "Node", organisation_id: str, *, limit: int = 200) -> Sequence[Application]:
    """An organisation's requests that wait, the oldest on top."""
    query = select(Application).where(
        Application.organisation_id == organisation_id,
        Application.state == ApplicationState.WAITING,
    )
    query = query.order_by(Application.created_at, Application.id).limit(limit)
    return node.db.scalars(query).all()


def list_for_peer(node: "Node", person_id: str, *, limit: int = 100) -> Sequence[Application]:
    """Others' waiting requests that the person may review because they hold the badge."""
    query = (
        select(Application)
        .join(ReviewRule, ReviewRule.achievement_id == Application.achievement_id)
        .where(
            ReviewRule.reviewer == Reviewer.PEER,
            Application.state == ApplicationState.WAITING,
            Application.person_id != person_id,
            Application.achievement_id.in_(rules.badges_of(node, person_id)),
        )
        .order_by(Application.created_at, Application.id)
    )
    return node.db.scalars(query.limit(limit)).all()


def count_waiting(
    node: "Node", *, achievement_id: str | None = None, organisation_id: str | None = None
) -> int:
    """How many requests for a badge, or of an organisation, wait for an answer."""
    query = select(func.count()).where(Application.state == ApplicationState.WAITING)
    if achievement_id is not None:
        query = query.where(Application.achievement_id == achievement_id)
    if organisation_id is not None:
        query = query.where(Application.organisation_id == organisation_id)
    return node.db.scalar(query) or 0


def erase(node: "Node", person_id: str) -> None:
    """Forget a person's requests, and what they wrote to others as a reviewer."""
    node.db.execute(delete(Application).where(Application.person_id == person_id))
    node.db.execute(
        update(Application)
        .where(Application.reviewed_by == person_id)
        .values(comment=None, reviewed_by=None)
    )


def export(node: "Node", person_id: str) -> Sequence[Mapping[str, Any]]:
    """A person's requests with their answers, and the answers that they gave to others."""
    is_theirs = or_(Application.person_id == person_id, Application.reviewed_by == person_id)
    query = select(Application).where(is_theirs).order_by(Application.created_at)
    return [_exported(node, item, person_id) for item in node.db.scalars(query).all()]


def _exported(node: "Node", item: Application, person_id: str) -> Mapping[str, Any]:
    answer = {
        "achievement_id": item.achievement_id,
        "state": item.state,
        "comment": item.comment,
        "answered_at": format_rfc3339(item.answered_at) if item.answered_at else None,
    }
    if item.person_id != person_id:
        return {"role": "reviewer", **answer}
    return {
        "role": "applicant",
        **answer,
        "narrative": item.narrative,
        "evidence": list(item.evidence),
        "is_named": item.is_named,
        "files": request_files.exported(node, item.id),
        "made_at": format_rfc3339(item.created_at),
    }


def _grant(
    node: "Node",
    application: Application,
    reviewer_id: str,
    comment: str | None,
    results: Sequence[ResultGiven],
) -> None:
    person = people.get_person(node, application.person_id)
    credential = issuing.issue(
        node,
        application.achievement_id,
        person_id=person.id,
        evidence=application.evidence,
        reflection=application.narrative,
        is_named=application.is_named and people.is_adult(node, person),
        results=results,
        actor_id=reviewer_id,
    )
    application.credential_id = credential.id
    _answer(node, application, ApplicationState.GRANTED, reviewer_id, comment)
    _note(node, application, "request.granted", reviewer_id)


def _decline(node: "Node", application: Application, reviewer_id: str, comment: str | None) -> None:
    if comment is None:
        message = _("Say what is missing, so that they know what to do.")
        raise Invalid(message, fields={"comment": message})
    _answer(node, application, ApplicationState.DECLINED, reviewer_id, comment)
    _note(node, application, "request.declined", reviewer_id)


def _answer(
    node: "Node",
    application: Application,
    state: ApplicationState,
    reviewer_id: str | None,
    comment: str | None,
) -> None:
    application.state, application.comment = state, comment
    application.reviewed_by, application.answered_at = reviewer_id, node.clock.now()
    node.db.flush()


def _tell(node: "Node", application: Application) -> None:
    person = people.get_person(node, application.person_id)
    if person.email is None:
        return
    achievement = achievements.get_achievement(node, application.achievement_id)
    url = achievement_url(node, achievement.id)
    if application.credential_id is not None:
        credential = issuing.get_credential(node, application.credential_id)
        url = credential_url(node, credential.address)
    messages.send_answer(
        node,
        to=person.email,
        language=person.language,
        badge=text_in(achievement.name, person.language, achievement.main_language),
        is_granted=application.state == ApplicationState.GRANTED,
        comment=application.comment,
        url=url,
    )


def _check_words(narrative: str) -> str:
    words = check_text(narrative, longest=2_000, field="narrative")
    if words is None:
        message = _("Say what you did, in your own words.")
        raise Invalid(message, fields={"narrative": message})
    return words


def _locked(node: "Node", application_id: str) -> Application:
    query = select(Application).where(Application.id == application_id).with_for_update()
    application = node.db.scalar(query.execution_options(populate_existing=True))
    if application is None:
        raise NotFound(_("There is no such request."))
    return application


def _note(node: "Node", application: Application, action: str, actor_id: str) -> None:
    audit.record(
        node,
        action,
        subject_type="request",
        subject_id=application.id,
        actor_id=actor_id,
        detail={
            "achievement_id": application.achievement_id,
            "organisation_id": application.organisation_id,
        },
    )
