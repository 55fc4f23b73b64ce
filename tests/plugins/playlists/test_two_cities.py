"""A playlist of another city, read over real HTTP: travelled, copied, and gone with its city."""

from collections.abc import Callable
from typing import Any

import pytest
from colnode_playlists import journeys, service
from colnode_playlists.content import Content
from colnode_playlists.library import find, search

from colnode import jobs
from colnode.federation import peers
from colnode.plugin import Node
from tests.plugins.playlists.conftest import task

pytestmark = pytest.mark.databases("sqlite")


def test_it_is_read_travelled_and_copied_and_waits_when_its_city_is_blocked(
    two_nodes: tuple[Node, Node], make_person: Callable[..., Any],
    make_organisation: Callable[..., Any],
) -> None:  # fmt: skip
    here, there = two_nodes
    school = make_organisation("Harbour School", on=there)
    kai = make_person(on=here)
    steps = (task("swim"), task("dive", after=("swim",)))
    content = Content(title={"en": "Water"}, description={"en": "Swim."}, steps=steps)
    with there.unit():
        made = service.create(there, content=content, actor_id=None, organisation_id=school.id)
        service.publish(there, made.id, actor_id=None)
    jobs.run_due(there)
    peer = peers.add(here, there.config.server.base_url)
    with here.unit():
        peers.allow(here, peer.id)
    jobs.run_due(here)
    reference = f"{there.id}/playlist/{made.id}"
    with here.unit():
        (found,), total, _cursor = search(here, text="water")
        assert (found.reference, found.maker.name, total) == (
            reference, {"en": "Harbour School"}, 1,
        )  # fmt: skip
        journeys.tick(here, kai.id, reference, "swim")
        copied = service.copy(here, reference, actor_id=kai.id, person_id=kai.id)
        assert copied.based_on[0]["city"] == {"en": "Southport"}
        assert copied.based_on[0]["url"].startswith(there.config.server.base_url)
        peers.block(here, peer.id, reason="Spam.")
    jobs.run_due(here)
    with here.unit():
        assert find(here, reference) is None
        journeys.look(here, kai.id)
        assert journeys.find(here, kai.id, reference).done == ["swim"]
