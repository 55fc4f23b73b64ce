"""Reminders come once, and the claim rate is counted from the first offer on."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from colnode.badges import awards, claims, issuing, measuring, offers
from colnode.badges.measuring import ClaimRate
from colnode.badges.models import Achievement
from colnode.identity import organisations, people
from colnode.mail import DevelopmentMail, list_development_mail
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.identity.models import Person
    from colnode.testing.fixtures import TestClock

RunJobs = Callable[[Node], int]


@pytest.fixture
def achievement(make_achievement: Callable[..., Achievement]) -> Achievement:
    """A published badge."""
    return make_achievement()


def offer(node: Node, achievement: Achievement, *emails: str) -> list[str]:
    with node.unit():
        results = awards.award(node, achievement.id, emails=emails, actor_id=achievement.created_by)
    return [str(result.offer_id) for result in results]


def mails(node: Node, words: str) -> list[DevelopmentMail]:
    return [mail for mail in list_development_mail(node) if words in mail.subject]


def test_a_waiting_offer_is_reminded_of_once_and_both_links_work(
    node: Node, achievement: Achievement, clock: "TestClock", run_jobs: RunJobs
) -> None:
    (offer_id,) = offer(node, achievement, "kai@example.org")
    run_jobs(node)
    clock.forward(days=6)
    run_jobs(node)
    assert mails(node, "still waits") == []
    for _week in range(3):
        clock.forward(days=7)
        run_jobs(node)
    (reminder,) = mails(node, "still waits")
    (first,) = mails(node, "A badge for you")
    assert "77 more days" in reminder.text
    with node.reading():
        for mail in (reminder, first):
            token = mail.text.partition("/offer/")[2].split()[0]
            assert offers.find_offer(node, token).id == offer_id


def test_no_reminder_for_what_was_answered_or_cannot_be_taken(
    node: Node, achievement: Achievement, make_person: "Callable[..., Person]",
    clock: "TestClock", run_jobs: RunJobs,
) -> None:  # fmt: skip
    kai = make_person("kai@example.org")
    taken, declined = offer(node, achievement, "kai@example.org", "ona@example.org")
    with node.unit():
        issuing.accept(node, taken, person_id=kai.id)
        offers.decline(node, declined, person_id=None)
    offer(node, achievement, "rasa@example.org")
    with node.unit():
        organisations.suspend(
            node, achievement.organisation_id, actor_id="somebody", reason="A question."
        )
    clock.forward(days=8)
    run_jobs(node)
    assert mails(node, "still waits") == []


def test_the_holder_hears_once_that_a_badge_ends(
    node: Node, make_achievement: Callable[..., Achievement],
    make_person: "Callable[..., Person]", clock: "TestClock", run_jobs: RunJobs,
) -> None:  # fmt: skip
    achievement, kai = make_achievement(valid_days=365), make_person("kai@example.org")
    with node.unit():
        issuing.issue(node, achievement.id, person_id=kai.id)
    clock.forward(days=334)
    run_jobs(node)
    assert mails(node, "ends soon") == []
    for _day in range(3):
        clock.forward(days=1)
        run_jobs(node)
    (mail,) = mails(node, "ends soon")
    assert mail.to == "kai@example.org"
    assert "2027-11-23" in mail.text


def test_a_badge_for_a_week_is_not_said_to_end_on_its_first_day(
    node: Node, make_achievement: Callable[..., Achievement],
    make_person: "Callable[..., Person]", clock: "TestClock", run_jobs: RunJobs,
) -> None:  # fmt: skip
    achievement = make_achievement(valid_days=7)
    with node.unit():
        issuing.issue(node, achievement.id, person_id=make_person().id)
    clock.forward(days=1)
    run_jobs(node)
    assert mails(node, "ends soon") == []
    clock.forward(days=3)
    run_jobs(node)
    assert len(mails(node, "ends soon")) == 1


def test_the_claim_rate_counts_each_stage(
    node: Node, achievement: Achievement, make_person: "Callable[..., Person]", run_jobs: RunJobs
) -> None:
    people_asked = [f"p{number}@example.org" for number in range(4)]
    first, second, _third, _fourth = offer(node, achievement, *people_asked)
    kai = make_person("kai@example.org")

    def rate(**of: str) -> ClaimRate:
        with node.reading():
            return measuring.claim_rate(node, **of)

    assert rate(achievement_id=achievement.id) == ClaimRate(4, 0, 0, 0, 0)
    run_jobs(node)
    with node.unit():
        offers.mark_opened(node, first)
        offers.mark_opened(node, first)
        issuing.accept(node, second, person_id=kai.id)
        link = claims.create_link(node, achievement.id, actor_id=achievement.created_by)
        claims.claim(node, link.code, person_id=make_person().id)
    expected = ClaimRate(4, 4, 2, 1, 1)
    assert rate(achievement_id=achievement.id) == expected
    assert rate(organisation_id=achievement.organisation_id) == expected
    assert expected.percent == 25
    assert rate(achievement_id="another").percent is None
    with node.unit():
        people.erase(node, kai.id, actor_id=kai.id)
    assert rate(achievement_id=achievement.id) == expected


def test_an_offer_counts_as_mailed_when_the_mail_has_left(
    make_node: Callable[..., Node], make_achievement: Callable[..., Achievement],
    make_organisation: Callable[..., object], run_jobs: RunJobs,
) -> None:  # fmt: skip
    away = {"host": "127.0.0.1", "port": 1, "encryption": "none", "sender": "city@example.org"}
    city = make_node(server={"demo": False}, mail=away)
    achievement = make_achievement(on=city)
    offer(city, achievement, "kai@example.org")
    run_jobs(city)
    with city.reading():
        rate = measuring.claim_rate(city, achievement_id=achievement.id)
    assert (rate.offered, rate.mailed) == (1, 0)
