"""Mail to a person with an account, in their language, without the caller knowing the address."""

from typing import TYPE_CHECKING

from colnode.catalogue import choose
from colnode.identity import people

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["mail_person"]


def mail_person(
    node: "Node", person_id: str, *, subject: str, text: str, **parameters: object
) -> bool:
    """Enqueue a mail in the caller's transaction. False when there is nobody to write to.

    `subject` and `text` are English templates with {names}, which are translated; `city` is filled
    in. A parameter that is a language map is said in the person's language. Raises NotFound.
    """
    person = people.get_person(node, person_id)
    if person.email is None or not person.is_active:
        return False
    wishes = (person.language, node.config.main_language)
    given = {
        name: choose(value, wishes) if isinstance(value, dict) else value
        for name, value in {"city": node.config.city.name, **parameters}.items()
    }
    line = node.translate(subject, person.language).format(**given)
    node.mail.send(
        node,
        to=person.email,
        subject=" ".join(line.split()),
        text=node.translate(text, person.language).format(**given),
    )
    return True
