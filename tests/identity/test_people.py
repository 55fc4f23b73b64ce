"""Accounts: joining, signing in, throttling, leaving."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from colnode import jobs
from colnode.errors import Conflict, Forbidden, Gone, Invalid, NotFound, Refused, Throttled
from colnode.identity import links, people, sessions
from colnode.identity.models import LinkPurpose, Person
from colnode.mail import list_development_mail
from colnode.node import Node
from colnode.testing.fixtures import TestClock

PASSWORD = "three unlikely words"


def last_token(node: Node) -> str:
    """The token of the link in the mail that was sent last."""
    jobs.run_due(node)
    found = re.search(r"/link/(\S+)", list_development_mail(node)[0].text)
    assert found is not None
    return found[1]


def join(node: Node, email: str = "ada@example.org", password: str | None = PASSWORD) -> str | None:
    """Sign up from outside."""
    with node.unit():
        return links.request_account(
            node,
            email=email,
            display_name="Ada Lovelace",
            password=password,
            language="en",
            client="192.0.2.1",
        )


def authenticate(node: Node, password: str = PASSWORD, client: str = "192.0.2.1") -> Person:
    """Sign in as Ada."""
    with node.unit():
        return people.authenticate(node, email=" ADA@example.org", password=password, client=client)


def test_new_person_signs_in_only_after_the_address_was_proven(node: Node) -> None:
    person_id = join(node)
    with pytest.raises(Refused):
        authenticate(node)
    with node.unit():
        used = links.use_link(node, last_token(node), signed_up_id=person_id)
    assert used.signs_in
    assert authenticate(node).id == person_id


def test_link_works_once(node: Node) -> None:
    person_id = join(node)
    token = last_token(node)
    with node.unit():
        links.use_link(node, token, signed_up_id=person_id)
    with node.unit(), pytest.raises(Gone):
        links.use_link(node, token, signed_up_id=person_id)


def test_link_is_not_used_up_by_looking_at_it(node: Node) -> None:
    person_id = join(node)
    token = last_token(node)
    with node.reading():
        assert links.look_at_link(node, token).purpose == LinkPurpose.SIGN_UP
    with node.unit():
        assert links.use_link(node, token).person.id == person_id


def test_link_ends_with_its_time(node: Node, clock: TestClock) -> None:
    join(node)
    token = last_token(node)
    clock.forward(hours=25)
    with node.unit(), pytest.raises(Gone):
        links.use_link(node, token)


def test_password_chosen_by_somebody_else_does_not_open_the_account(node: Node) -> None:
    join(node, password="chosen by a stranger")
    with node.unit():  # the owner of the address confirms it in another browser
        links.use_link(node, last_token(node), signed_up_id=None)
    with pytest.raises(Invalid):
        authenticate(node, "chosen by a stranger")


def test_known_address_gets_the_same_answer_and_a_mail_to_sign_in(
    node: Node, make_person: Callable[..., Person]
) -> None:
    ada = make_person("ada@example.org", password=PASSWORD)
    assert join(node, password="another long secret") is None
    with node.unit():
        used = links.use_link(node, last_token(node))
    assert used.person.id == ada.id
    assert authenticate(node).id == ada.id


def test_address_that_nobody_proved_can_be_used_by_its_owner(node: Node) -> None:
    first = join(node)
    second = join(node)
    assert first != second
    with node.unit():
        assert links.use_link(node, last_token(node)).person.id == second


def test_proven_address_is_taken(node: Node, make_person: Callable[..., Person]) -> None:
    make_person("ada@example.org")
    with node.unit(), pytest.raises(Conflict):
        people.create(node, email="Ada@Example.org", display_name="Other")


def test_closed_city_opens_no_account(make_node: Callable[..., Node]) -> None:
    node = make_node(accounts={"sign_up": "closed"})
    with pytest.raises(Refused):
        join(node)
    with node.unit():
        people.create(node, email="ada@example.org", display_name="Ada")
    with pytest.raises(Refused):  # the same answer for an address that is known
        join(node)


def test_city_by_invitation_opens_accounts_for_invited_people(
    make_node: Callable[..., Node],
) -> None:
    node = make_node(accounts={"sign_up": "invitation"})
    with pytest.raises(Refused):
        join(node)
    with node.unit():
        links.invite_to_city(node, email="ada@example.org")
    with node.unit():
        used = links.use_link(
            node, last_token(node), display_name="Ada Lovelace", password=PASSWORD
        )
    assert used.signs_in
    assert authenticate(node).id == used.person.id


def test_invitation_of_somebody_with_an_account_signs_nobody_in(
    node: Node, make_person: Callable[..., Person]
) -> None:
    ada = make_person("ada@example.org")
    with node.unit():
        links.invite_to_city(node, email="ada@example.org")
    with node.unit():
        used = links.use_link(node, last_token(node))
    assert used.person.id == ada.id
    assert not used.signs_in


def test_first_admin_comes_by_a_link_that_works_once(node: Node) -> None:
    with node.unit():
        path = links.create_first_admin_link(node)
    token = path.removeprefix("/link/")
    with node.unit():
        used = links.use_link(
            node, token, email="ada@example.org", display_name="Ada", password=PASSWORD
        )
    assert used.person.is_admin
    with node.unit(), pytest.raises(Gone):
        links.use_link(node, token, email="eve@example.org", display_name="Eve", password=PASSWORD)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "password", ["short", "password123", "1234567890", "qwertyuiop", "adalovelace1", "x" * 201]
)
def test_weak_password_is_refused(node: Node, password: str) -> None:
    with pytest.raises(Invalid) as refused:
        join(node, password=password)
    assert "password" in refused.value.fields


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "address", ["", "ada", "ada@", "@example.org", "a@b@c", "a b@example.org", "ada@x\r\nBcc: y"]
)
def test_what_is_no_address_is_refused(node: Node, address: str) -> None:
    with pytest.raises(Invalid):
        join(node, email=address)


def test_guessing_is_slowed_down_more_each_time_and_after_a_restart(
    node: Node, make_person: Callable[..., Person], clock: TestClock
) -> None:
    make_person("ada@example.org", password=PASSWORD)
    for _guess in range(5):
        with pytest.raises(Invalid):
            authenticate(node, "a wrong password")
    restarted = reopen(node)
    with pytest.raises(Throttled) as first:
        authenticate(restarted)
    clock.forward(seconds=first.value.retry_after_seconds)
    with pytest.raises(Invalid):
        authenticate(restarted, "a wrong password")
    with pytest.raises(Throttled) as second:
        authenticate(restarted)
    assert second.value.retry_after_seconds > first.value.retry_after_seconds
    clock.forward(seconds=second.value.retry_after_seconds)
    assert authenticate(restarted)
    restarted.close()


def reopen(node: Node) -> Node:
    """The same city in a process that was started again."""
    from colnode.app import open_node

    return open_node(node.config, clock=node.clock)


def test_one_client_cannot_try_many_addresses(
    node: Node, make_person: Callable[..., Person]
) -> None:
    make_person("ada@example.org", password=PASSWORD)
    for number in range(30):
        with node.unit(), pytest.raises(Invalid):
            people.authenticate(
                node,
                email=f"person{number}@example.org",
                password="a wrong password",
                client=f"2001:db8::{number}",
            )
    with pytest.raises(Throttled):
        authenticate(node, client="2001:db8::ffff")
    assert authenticate(node, client="2001:db8:1::1")


def test_tries_in_the_same_moment_are_all_counted(
    node: Node, make_person: Callable[..., Person]
) -> None:
    make_person("ada@example.org", password=PASSWORD)

    def guess(number: int) -> None:
        with pytest.raises((Invalid, Throttled)):
            authenticate(node, "a wrong password", client=f"192.0.2.{number}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(guess, range(6)))
    with pytest.raises(Throttled):
        authenticate(node, client="192.0.2.9")


def test_one_address_gets_few_mails(node: Node, make_person: Callable[..., Person]) -> None:
    make_person("ada@example.org")
    for number in range(20):
        with node.unit():
            links.request_link(node, email="ada@example.org", client=f"192.0.2.{number}")
    jobs.run_due(node)
    assert len(list_development_mail(node)) == 4


def test_session_ends_at_once(node: Node, make_person: Callable[..., Person]) -> None:
    ada = make_person()
    with node.unit():
        token = sessions.start(node, ada.id, user_agent="test")
        other = sessions.start(node, ada.id, user_agent="test")
    with node.reading():
        assert sessions.person_of(node, token) is not None
        ended = sessions.find(node, token)
        assert ended in sessions.list_sessions(node, ada.id)
        assert ended is not None
    with node.unit():
        sessions.end_by_id(node, ended.id, person_id=ada.id)
    with node.reading():
        assert sessions.person_of(node, token) is None
        assert sessions.person_of(node, other) is not None


def test_session_ends_with_its_time(
    node: Node, make_person: Callable[..., Person], clock: TestClock
) -> None:
    ada = make_person()
    with node.unit():
        token = sessions.start(node, ada.id, user_agent="test")
    clock.forward(days=31)
    with node.reading():
        assert sessions.person_of(node, token) is None


def test_suspended_person_is_signed_out_and_kept_out(
    node: Node, make_person: Callable[..., Person]
) -> None:
    admin = make_person(is_admin=True)
    ada = make_person("ada@example.org", password=PASSWORD)
    with node.unit():
        token = sessions.start(node, ada.id, user_agent="test")
    with node.unit():
        people.suspend(node, ada.id, actor_id=admin.id, reason="Sent spam")
    with node.reading():
        assert sessions.person_of(node, token) is None
    with pytest.raises(Forbidden):
        authenticate(node)
    with node.unit():
        people.restore(node, ada.id, actor_id=admin.id)
    assert authenticate(node)


def test_sign_up_that_nobody_confirmed_is_forgotten_after_a_week(
    node: Node, make_person: Callable[..., Person], clock: TestClock
) -> None:
    bob = make_person("bob@example.org")
    person_id = join(node)
    assert person_id is not None
    for days in (6, 2):
        with node.reading():
            assert people.get_person(node, person_id)
        clock.forward(days=days)
        jobs.run_due(node)
    with node.reading():
        assert people.get_person(node, bob.id)
        with pytest.raises(NotFound):
            people.get_person(node, person_id)


def test_removing_a_mail_that_waits_is_part_of_erasing(
    node: Node, make_person: Callable[..., Person]
) -> None:
    ada, bob = make_person("ada@example.org"), make_person("bob@example.org")
    with node.unit():
        for address in ("ada@example.org", "bob@example.org"):
            links.request_link(node, email=address, client="192.0.2.1")
        people.erase(node, ada.id, actor_id=ada.id)
    jobs.run_due(node)
    assert [mail.to for mail in list_development_mail(node)] == ["bob@example.org"]
    with node.unit(), pytest.raises(NotFound):
        people.erase(node, ada.id, actor_id=bob.id)
