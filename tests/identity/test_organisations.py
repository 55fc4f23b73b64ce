"""Organisations: drafts, the city's decision, members and what each may do."""

from collections.abc import Callable

import pytest

from colnode import catalogue, jobs
from colnode.errors import Invalid, NotFound, Refused
from colnode.host.types import Role
from colnode.identity import links, organisations, permissions
from colnode.identity.models import Organisation, OrganisationStatus, Person
from colnode.mail import list_development_mail
from colnode.node import Node

PEOPLE = ("nobody", "person", "awarder", "editor", "owner", "other owner", "admin")
ALLOWED = {
    "public.read": PEOPLE,
    "account.use": PEOPLE[1:],
    "exchange.badges.read": PEOPLE[1:],
    "exchange.badges.add": PEOPLE[1:],
    "exchange.profile.read": PEOPLE[1:],
    "exchange.profile.change": PEOPLE[1:],
    "organisation.create": PEOPLE[1:],
    "badge.award": ("awarder", "editor", "owner"),
    "badge.edit": ("editor", "owner"),
    "badge.revoke": ("editor", "owner"),
    "organisation.edit": ("owner",),
    "organisation.members": ("owner",),
    "city.manage": ("admin",),
    "peers.manage": ("admin",),
}


def test_organisation_begins_as_a_draft_with_its_maker_as_owner(
    node: Node, make_person: Callable[..., Person]
) -> None:
    ada = make_person()
    with node.unit():
        made = organisations.create(node, name={"en": " Town  Library ", "lt": ""}, actor_id=ada.id)
        assert made.status == OrganisationStatus.DRAFT
        assert made.name == {"en": "Town  Library"}
        assert organisations.role_of(node, made.id, ada.id) == Role.OWNER
        assert organisations.by_slug(node, "town-library") is made


def test_slugs_are_plain_and_never_the_same(node: Node, make_person: Callable[..., Person]) -> None:
    ada = make_person()
    with node.unit():
        slugs = [
            organisations.create(node, name={"en": name}, actor_id=ada.id).slug
            for name in ("Žaliasis Būrelis", "Zaliasis burelis!", "图书馆", "New", "new")
        ]
    assert slugs == ["zaliasis-burelis", "zaliasis-burelis-2", "organisation", "new-2", "new-3"]


def test_slug_stays_when_the_name_changes(
    node: Node, make_organisation: Callable[..., Organisation], make_person: Callable[..., Person]
) -> None:
    owner = make_person()
    library = make_organisation("Town Library", owner=owner)
    with node.unit():
        organisations.edit(
            node, library.id, actor_id=owner.id, name={"en": "House of Books"}, description={}
        )
    with node.reading():
        assert organisations.by_slug(node, "town-library").name == {"en": "House of Books"}


def test_draft_neither_publishes_nor_mails(
    node: Node, make_organisation: Callable[..., Organisation], make_person: Callable[..., Person]
) -> None:
    owner = make_person()
    draft = make_organisation(owner=owner, is_verified=False)
    with node.unit(), pytest.raises(Refused):
        organisations.require_verified(node, draft.id)
    with node.unit(), pytest.raises(Refused):
        organisations.invite(
            node, draft.id, email="bob@example.org", role=Role.EDITOR, actor_id=owner.id
        )
    with node.unit():
        organisations.edit(node, draft.id, actor_id=owner.id, name={"en": "X"}, description={})
    jobs.run_due(node)
    assert list_development_mail(node) == []
    with node.reading():
        assert catalogue.get(node, catalogue.OWN, draft.id) is None


def test_verified_organisation_is_in_the_catalogue_until_it_is_suspended(
    node: Node, make_organisation: Callable[..., Organisation], make_person: Callable[..., Person]
) -> None:
    admin = make_person(is_admin=True)
    library = make_organisation("Town Library")
    with node.unit():
        organisations.edit(
            node,
            library.id,
            actor_id=admin.id,
            name={"en": "Town Library", "lt": "Miesto biblioteka"},
            description={"en": "Books and more"},
            url="library.example.org",
            email="desk@example.org",
            address="Main street 1",
            latitude=54.7,
            longitude=25.3,
        )
    with node.reading():
        record = catalogue.get(node, catalogue.OWN, library.id)
        assert record is not None
        assert record.title == {"en": "Town Library", "lt": "Miesto biblioteka"}
        assert (record.latitude, record.longitude) == (54.7, 25.3)
        assert "desk@example.org" not in str(record.body)
    with node.unit():
        organisations.suspend(node, library.id, actor_id=admin.id, reason="Sends spam")
    with node.unit():
        assert catalogue.get(node, catalogue.OWN, library.id) is None
        with pytest.raises(Refused):
            organisations.require_verified(node, library.id)
    with node.unit():
        organisations.verify(node, library.id, actor_id=admin.id)
    with node.reading():
        assert catalogue.get(node, catalogue.OWN, library.id) is not None


def test_owners_are_told_what_the_city_decided(
    node: Node, make_organisation: Callable[..., Organisation], make_person: Callable[..., Person]
) -> None:
    library = make_organisation("Town Library", owner=make_person("ada@example.org"))
    with node.unit():
        organisations.suspend(node, library.id, actor_id=library.id, reason="Sends spam")
    jobs.run_due(node)
    mails = list_development_mail(node)
    assert {mail.to for mail in mails} == {"ada@example.org"}
    assert {mail.subject for mail in mails} == {
        "Town Library is verified",
        "Town Library is suspended",
    }
    assert any("Sends spam" in mail.text for mail in mails)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": {"en": "  "}}, "name"),
        ({"name": {"en": "x" * 121}}, "name.en"),
        ({"name": {"english!": "Library"}}, "name.english!"),
        ({"name": {"en": "a\x00b"}}, "name.en"),
        ({"name": {"en": "Library"}, "url": "javascript://alert"}, "url"),
        ({"name": {"en": "Library"}, "url": "https://user:pw@example.org"}, "url"),
        ({"name": {"en": "Library"}, "email": "nobody"}, "email"),
        ({"name": {"en": "Library"}, "latitude": 91.0, "longitude": 0.0}, "latitude"),
        ({"name": {"en": "Library"}, "latitude": 54.0}, "latitude"),
    ],
)
def test_wrong_details_are_named(
    node: Node, make_person: Callable[..., Person], given: dict[str, object], field: str
) -> None:
    ada = make_person()
    with node.unit(), pytest.raises(Invalid) as refused:
        organisations.create(node, actor_id=ada.id, **given)  # type: ignore[arg-type]  # wrong on purpose
    assert field in refused.value.fields


def test_invited_person_gets_the_role(
    node: Node, make_organisation: Callable[..., Organisation], make_person: Callable[..., Person]
) -> None:
    owner = make_person()
    library = make_organisation(owner=owner)
    with node.unit():
        token = organisations.invite(
            node, library.id, email="bob@example.org", role=Role.EDITOR, actor_id=owner.id
        )
    with node.unit():
        assert links.look_at_link(node, token).needs_account
        used = links.use_link(
            node, token, display_name="Bob", password="three unlikely words", language="en"
        )
        assert used.organisation_id == library.id
        assert organisations.role_of(node, library.id, used.person.id) == Role.EDITOR


def test_signed_in_person_accepts_an_invitation_to_another_address(
    node: Node, make_organisation: Callable[..., Organisation], make_person: Callable[..., Person]
) -> None:
    owner, bob = make_person(), make_person("bob@home.example")
    library = make_organisation(owner=owner)
    with node.unit():
        token = organisations.invite(
            node, library.id, email="bob@work.example", role=Role.AWARDER, actor_id=owner.id
        )
    with node.unit():
        links.use_link(node, token, person_id=bob.id)
        assert organisations.role_of(node, library.id, bob.id) == Role.AWARDER


def test_invitation_does_not_lower_a_role(
    node: Node, make_organisation: Callable[..., Organisation], make_person: Callable[..., Person]
) -> None:
    owner = make_person()
    library = make_organisation(owner=owner)
    with node.unit():
        organisations.add_member(node, library.id, owner.id, role=Role.AWARDER, actor_id=owner.id)
        assert organisations.role_of(node, library.id, owner.id) == Role.OWNER


def test_last_owner_stays(
    node: Node, make_organisation: Callable[..., Organisation], make_person: Callable[..., Person]
) -> None:
    owner, bob = make_person(), make_person()
    library = make_organisation(owner=owner)
    with node.unit(), pytest.raises(Refused):
        organisations.remove_member(node, library.id, owner.id, actor_id=owner.id)
    with node.unit(), pytest.raises(Refused):
        organisations.set_role(node, library.id, owner.id, role=Role.EDITOR, actor_id=owner.id)
    with node.unit():
        organisations.add_member(node, library.id, bob.id, role=Role.OWNER, actor_id=owner.id)
        organisations.remove_member(node, library.id, owner.id, actor_id=owner.id)
        assert organisations.role_of(node, library.id, owner.id) is None
    with node.unit(), pytest.raises(NotFound):
        organisations.remove_member(node, library.id, owner.id, actor_id=bob.id)


def test_roles_allow_what_they_should_and_nothing_else(
    node: Node, make_organisation: Callable[..., Organisation], make_person: Callable[..., Person]
) -> None:
    owner = make_person()
    library = make_organisation(owner=owner)
    somebody: dict[str, Person | None] = {
        "nobody": None,
        "person": make_person(),
        "awarder": make_person(),
        "editor": make_person(),
        "owner": owner,
        "other owner": make_person(),
        "admin": make_person(is_admin=True),
    }
    make_organisation("Other", owner=somebody["other owner"])
    with node.unit():
        for role in (Role.AWARDER, Role.EDITOR):
            member = somebody[role]
            assert member is not None
            organisations.add_member(node, library.id, member.id, role=role, actor_id=owner.id)
    assert {permission.name for permission in permissions.PERMISSIONS} == set(ALLOWED)
    with node.reading():
        for permission in permissions.PERMISSIONS:
            allowed = {
                name
                for name, person in somebody.items()
                if permissions.may(node, person, permission, library.id)
            }
            assert allowed == set(ALLOWED[permission.name]), permission.name


def test_organisation_permission_without_organisation_is_refused(
    node: Node, make_organisation: Callable[..., Organisation], make_person: Callable[..., Person]
) -> None:
    owner = make_person()
    make_organisation(owner=owner)
    award = next(item for item in permissions.PERMISSIONS if item.name == "badge.award")
    with node.reading():
        assert not permissions.may(node, owner, award, None)


def test_organisations_are_found_by_name_and_state(
    node: Node, make_organisation: Callable[..., Organisation]
) -> None:
    library, _draft = (
        make_organisation("Žalioji Library"),
        make_organisation("X", is_verified=False),
    )
    with node.reading():
        found = organisations.list_organisations(
            node, status=OrganisationStatus.VERIFIED, text="zaLIOji libr"
        )
        assert [item.id for item in found] == [library.id]
        assert organisations.count_by_status(node) == {"verified": 1, "draft": 1}
