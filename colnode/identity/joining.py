"""Joining by a link that a plugin mailed: an account and a draft organisation in one step."""

from typing import TYPE_CHECKING

from colnode.identity import organisations, people

if TYPE_CHECKING:
    from colnode.node import Node

__all__ = ["join_by_mail"]


def join_by_mail(
    node: "Node",
    *,
    email: str,
    display_name: str,
    organisation_name: str,
    url: str = "",
    language: str | None = None,
) -> tuple[str, str]:
    """Open an account for somebody who came by a mailed link, and register their organisation.

    The link has proven the address. The organisation waits for the city like any other. Returns
    both ids. Raises Conflict when the address has an account, and Invalid that names the fields
    display_name, name and url.
    """
    person = people.create(node, email=email, display_name=display_name, language=language)
    made = organisations.create(
        node, name={node.config.main_language: organisation_name}, actor_id=person.id, url=url
    )
    return person.id, made.id
