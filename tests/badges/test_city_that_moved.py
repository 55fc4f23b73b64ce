"""A city gets another domain: what becomes of badges that name the old one."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from colnode.badges import verifying
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.badges.models import Credential


def test_badge_that_names_a_domain_that_is_gone_is_neither_valid_nor_forged(
    two_nodes: tuple[Node, Node], make_credential: "Callable[..., Credential]"
) -> None:
    reader, city = two_nodes
    old = make_credential(on=city)
    assert verifying.verify_text(reader, old.document).is_valid
    server = replace(city.config.server, base_url="http://localhost:9")
    city.config = replace(city.config, server=server)
    new = make_credential(on=city)
    assert "localhost%3A9" in new.document
    for node in (city, reader):
        verdict = verifying.verify_text(node, old.document)
        unsure = {found.id for found in verdict.findings if found.status == "unknown"}
        assert verdict.outcome == "indeterminate"
        assert "issuer_unverified" in unsure
        assert "proof_valid" in {found.id for found in verdict.findings}
