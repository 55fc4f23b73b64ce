"""People and their accounts: joining, signing in with a password, profile, addresses.

Erasing and exporting are in privacy.py, links by e-mail in links.py.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import delete, false, func, or_, select

from colnode import audit, catalogue
from colnode.errors import Conflict, Forbidden, Invalid, NotFound, Refused, _
from colnode.identity import messages, onetime, sessions, throttle
from colnode.identity.models import LinkPurpose, MailLink, Person, PersonEmail
from colnode.identity.passwords import check_strength, hash_password, verify_password
from colnode.identity.privacy import erase, export
from colnode.identity.validation import email_address, line

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = [
    "authenticate",
    "change_password",
    "count_people",
    "create",
    "edit_person",
    "erase",
    "export",
    "find_by_email",
    "find_recipients",
    "get_person",
    "is_adult",
    "list_people",
    "make_primary",
    "names_of",
    "prove_email",
    "remove_email",
    "restore",
    "set_admin",
    "sign_up",
    "suspend",
]


def sign_up(
    node: "Node",
    *,
    email: str,
    display_name: str,
    password: str | None = None,
    language: str = "en",
    invitation: str | None = None,
) -> Person:
    """Open an account and mail a link that proves the address; before that nobody gets in.

    An invitation's token opens a city that is not open to everybody, and proves the address that
    it was mailed to. Raises Refused (closed), Conflict (address taken), Invalid, Gone.
    """
    link = onetime.spend(node, invitation) if invitation else None
    if link is None and node.config.accounts.sign_up == "closed":
        raise Refused(_("This city does not open new accounts at the moment."))
    if link is None and node.config.accounts.sign_up == "invitation":
        raise Refused(_("This city opens accounts by invitation. Ask an organisation for one."))
    is_proven = link is not None and link.email == email_address(email)
    person = create(
        node,
        email=email,
        display_name=display_name,
        password=password,
        language=language,
        is_proven=is_proven,
    )
    if not is_proven:
        address = person.emails[0].address
        token = onetime.issue(node, LinkPurpose.SIGN_UP, email=address, person_id=person.id)
        messages.send_confirmation(
            node, to=address, language=language, name=person.display_name, token=token
        )
    return person


def create(
    node: "Node",
    *,
    email: str,
    display_name: str,
    password: str | None = None,
    language: str | None = None,
    is_proven: bool = True,
    is_admin: bool = False,
    birth_year: int | None = None,
) -> Person:
    """Open an account without a mail and whatever the city's rule: for operators and invitations.

    Raises Conflict when the address is taken, and Invalid.
    """
    address = email_address(email)
    name = line(display_name, field="display_name")
    if password is not None:
        check_strength(password, known_words=[address, name, node.config.city.name])
    free_address(node, address)
    now = node.clock.now()
    person = Person(
        display_name=name,
        folded_name=catalogue.fold([name]),
        language=_language(node, language or node.config.main_language),
        password_hash=hash_password(password) if password is not None else None,
        birth_year=birth_year,
        is_admin=is_admin,
        created_at=now,
    )
    person.emails.append(
        PersonEmail(
            address=address, is_primary=True, created_at=now, proven_at=now if is_proven else None
        )
    )
    node.db.add(person)
    node.db.flush()
    audit.record(node, "person.joined", subject_type="person", subject_id=person.id)
    return person


def _language(node: "Node", wish: str) -> str:
    return wish if wish in node.config.city.languages else node.config.main_language


def free_address(node: "Node", address: str) -> None:
    """Make way for whoever proves an address: a sign-up that never did is forgotten.

    Raises Conflict when somebody has proven it.
    """
    held = node.db.get(PersonEmail, address)
    if held is None:
        return
    if held.proven_at is not None:
        raise Conflict(_("There is an account with this address already."))
    node.db.execute(delete(MailLink).where(MailLink.person_id == held.person_id))
    node.db.delete(held.person)
    node.db.flush()


def authenticate(node: "Node", *, email: str, password: str, client: str) -> Person:
    """The person whose address and password these are; `client` is the asker's IP address.

    Raises Invalid when they are not, Throttled after too many tries, Refused while the address
    is not proven and Forbidden for a suspended account. The answer to a wrong password and to an
    unknown address is the same, in the same time.
    """
    address = email.strip().lower()
    throttle.check(node, throttle.SIGN_IN_FROM, client)
    throttle.check(node, throttle.SIGN_IN_AS, address)
    held = node.db.get(PersonEmail, address)
    person = held.person if held is not None else None
    if not verify_password(person.password_hash if person else None, password) or not person:
        node.at_end(lambda: _note_failure(node, address, client))
        raise Invalid(_("The address or the password is not right."))
    if held is None or held.proven_at is None:
        raise Refused(
            _("Please confirm your address first: open the link in our mail, or ask for a new one.")
        )
    if not person.is_active:
        raise Forbidden(_("This account is suspended. Please write to the city."))
    throttle.forget(node, throttle.SIGN_IN_AS, address)
    return person


def _note_failure(node: "Node", address: str, client: str) -> None:
    throttle.count(node, throttle.SIGN_IN_AS, address)
    throttle.count(node, throttle.SIGN_IN_FROM, client)


def get_person(node: "Node", person_id: str) -> Person:
    """The person. Raises NotFound, also for one who was erased."""
    person = node.db.get(Person, person_id)
    if person is None or person.erased_at is not None:
        raise NotFound(_("There is no such person."))
    return person


def find_by_email(node: "Node", address: str) -> Person | None:
    """The person who has proven this address."""
    held = node.db.get(PersonEmail, address.strip().lower())
    return held.person if held is not None and held.proven_at is not None else None


def list_people(
    node: "Node", *, text: str = "", after: str | None = None, limit: int = 50
) -> Sequence[Person]:
    """People whose name or address contains the text, newest first; `after` is the last id seen."""
    query = select(Person).where(Person.erased_at.is_(None)).order_by(Person.id.desc())
    if text.strip():
        wanted = text.strip().lower()
        addresses = select(PersonEmail.person_id).where(
            PersonEmail.address.contains(wanted, autoescape=True)
        )
        folded = catalogue.fold([text])
        named = Person.folded_name.contains(folded, autoescape=True) if folded else false()
        query = query.where(or_(named, Person.id.in_(addresses)))
    if after is not None:
        query = query.where(Person.id < after)
    return node.db.scalars(query.limit(limit)).all()


def count_people(node: "Node") -> int:
    """How many accounts there are."""
    query = select(func.count()).select_from(Person).where(Person.erased_at.is_(None))
    return node.db.scalar(query) or 0


def names_of(node: "Node", person_ids: Iterable[str]) -> dict[str, str]:
    """Display names by id; who was erased has none."""
    query = select(Person.id, Person.display_name).where(
        Person.id.in_(list(person_ids)), Person.erased_at.is_(None)
    )
    return {person_id: name for person_id, name in node.db.execute(query)}


def find_recipients(node: "Node", words: Collection[str]) -> dict[str, tuple[str, str]]:
    """Id and language of active people by the word that names them: an id or a proven address.

    For long lists of people: at most two queries, and words that name nobody are left out.
    """
    addresses = [word for word in words if "@" in word]
    ids = [word for word in words if "@" not in word]
    by_id = select(Person.id, Person.id, Person.language).where(Person.id.in_(ids))
    by_address = (
        select(PersonEmail.address, Person.id, Person.language)
        .join(Person, Person.id == PersonEmail.person_id)
        .where(PersonEmail.proven_at.is_not(None), PersonEmail.address.in_(addresses))
    )
    found: dict[str, tuple[str, str]] = {}
    for query, named in ((by_id, ids), (by_address, addresses)):
        if named:
            active = query.where(Person.erased_at.is_(None), Person.suspended_at.is_(None))
            for word, person_id, language in node.db.execute(active):
                found[word] = (person_id, language)
    return found


def edit_person(
    node: "Node",
    person_id: str,
    *,
    display_name: str,
    language: str,
    birth_year: int | None,
) -> Person:
    """Change what a person says about themselves. Raises Invalid."""
    person = get_person(node, person_id)
    year = node.clock.now().year
    if birth_year is not None and not year - 125 <= birth_year <= year:
        message = _("This year cannot be right.")
        raise Invalid(message, fields={"birth_year": message})
    person.display_name = line(display_name, field="display_name")
    person.folded_name = catalogue.fold([person.display_name])
    person.language = _language(node, language)
    person.birth_year = birth_year
    node.db.flush()
    return person


def is_adult(node: "Node", person: Person) -> bool:
    """Whether the person said to be of age, for certain: the whole year counts as too young."""
    if person.birth_year is None:
        return False
    return node.clock.now().year - person.birth_year > node.config.accounts.adult_age


def change_password(
    node: "Node", person_id: str, *, new: str, current: str | None, token: str | None
) -> None:
    """Set a password and end every other session.

    `token` is the session's. The current password is not asked for when there is none yet or
    when the session began with a mailed link within the last half hour.
    """
    person = get_person(node, person_id)
    is_trusted = person.password_hash is None or (
        token is not None and sessions.is_fresh_link(node, token)
    )
    if not is_trusted and not verify_password(person.password_hash, current or ""):
        message = _("This is not your current password.")
        raise Invalid(message, fields={"current": message})
    check_strength(new, known_words=[person.display_name, *(e.address for e in person.emails)])
    person.password_hash = hash_password(new)
    sessions.end_all(node, person_id, but_token=token)
    audit.record(
        node, "person.password_changed", subject_type="person", subject_id=person_id,
        actor_id=person_id,
    )  # fmt: skip
    node.db.flush()


def prove_email(node: "Node", person_id: str, address: str) -> None:
    """Note that the address is the person's. Raises Conflict when it is somebody else's."""
    person = get_person(node, person_id)
    now = node.clock.now()
    own = next((item for item in person.emails if item.address == address), None)
    if own is None:
        free_address(node, address)
        own = PersonEmail(address=address, created_at=now, is_primary=person.email is None)
        person.emails.append(own)
    own.proven_at = own.proven_at or now
    node.db.flush()


def make_primary(node: "Node", person_id: str, address: str) -> None:
    """Choose the address that mail goes to. Raises NotFound."""
    person = get_person(node, person_id)
    if not any(item.address == address and item.proven_at for item in person.emails):
        raise NotFound(_("This address is not on your account."))
    for item in person.emails:
        item.is_primary = item.address == address
    node.db.flush()


def remove_email(node: "Node", person_id: str, address: str) -> None:
    """Take an address off the account. Raises NotFound, and Refused for the last one."""
    person = get_person(node, person_id)
    found = next((item for item in person.emails if item.address == address), None)
    if found is None:
        raise NotFound(_("This address is not on your account."))
    rest = [item for item in person.emails if item is not found and item.proven_at]
    if not rest:
        raise Refused(_("An account needs one address. Add another one first."))
    person.emails.remove(found)
    if found.is_primary:
        rest[0].is_primary = True
    node.db.flush()


def set_admin(node: "Node", person_id: str, *, is_admin: bool, actor_id: str | None) -> None:
    """Make somebody a city admin, or no longer one. Raises Refused for the last one."""
    person = get_person(node, person_id)
    if person.is_admin and not is_admin:
        _keep_an_admin(node, person_id)
    person.is_admin = is_admin
    action = "person.made_admin" if is_admin else "person.no_longer_admin"
    audit.record(node, action, subject_type="person", subject_id=person_id, actor_id=actor_id)
    node.db.flush()


def suspend(node: "Node", person_id: str, *, actor_id: str, reason: str) -> None:
    """Close an account for now and end its sessions. Raises Invalid without a reason."""
    person = get_person(node, person_id)
    why = line(reason, field="reason", most=500)
    if person.is_admin:
        _keep_an_admin(node, person_id)
    person.suspended_at = node.clock.now()
    sessions.end_all(node, person_id)
    audit.record(
        node, "person.suspended", subject_type="person", subject_id=person_id,
        actor_id=actor_id, reason=why,
    )  # fmt: skip


def restore(node: "Node", person_id: str, *, actor_id: str) -> None:
    """Open a suspended account again."""
    get_person(node, person_id).suspended_at = None
    audit.record(
        node, "person.restored", subject_type="person", subject_id=person_id, actor_id=actor_id
    )


def _keep_an_admin(node: "Node", person_id: str) -> None:
    others = select(Person.id).where(
        Person.is_admin,
        Person.id != person_id,
        Person.erased_at.is_(None),
        Person.suspended_at.is_(None),
    )
    if node.db.scalar(others.limit(1)) is None:
        raise Refused(_("A city needs an admin. Make somebody else one first."))
