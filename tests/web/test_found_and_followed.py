"""Search engines find every public page, and feed readers what is new."""

import re

import feedparser
import pytest
from flask.testing import FlaskClient
from lxml import etree

from colnode import catalogue, jobs
from colnode.badges.models import Achievement
from colnode.catalogue import listing
from colnode.identity.models import Organisation
from colnode.node import Node
from tests.catalogue.conftest import THING

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def city(node: Node, achievement: Achievement, organisation: Organisation) -> Node:
    """A city with a badge and its organisation in the catalogue."""
    jobs.run_due(node)
    return node


def locations(client: FlaskClient, path: str) -> list[str]:
    """The addresses in a site map, without the city's own."""
    answer = client.get(path)
    assert answer.status_code == 200
    found = [item.text or "" for item in etree.fromstring(answer.data).iter(f"{SITEMAP}loc")]
    assert all(item.startswith("http://localhost:8000/") for item in found)
    return [item.removeprefix("http://localhost:8000") for item in found]


def test_robots_name_a_site_map_whose_every_page_answers(
    city: Node, client: FlaskClient, achievement: Achievement
) -> None:
    robots = client.get("/robots.txt").text
    named = re.search(r"^Sitemap: http://localhost:8000(\S+)$", robots, re.M)
    assert named is not None
    found = locations(client, named[1])
    assert f"/badges/{achievement.id}" in found
    assert len(found) == len(set(found)) == 7
    for path in found:
        assert client.get(path, follow_redirects=True).status_code == 200, path


def test_large_city_has_an_index_of_site_maps(
    city: Node, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = locations(client, "/sitemap.xml")
    monkeypatch.setattr(listing, "PART_ROWS", 1)
    parts = locations(client, "/sitemap.xml")
    assert parts[0] == "/sitemap-0.xml"
    assert len(parts) == 3
    assert [path for part in parts for path in locations(client, part)] == whole
    assert locations(client, "/sitemap-99999999.xml") == []
    assert client.get("/sitemap-99999999999999999999.xml").status_code == 404


def test_feedparser_reads_what_is_new_by_type_and_organisation(
    city: Node, client: FlaskClient, achievement: Achievement, organisation: Organisation
) -> None:
    city.host.record_types["thing"] = THING
    with city.unit():
        body = {"name": {"en": "Stars & <i>moons</i>\x0b"}, "text": {"en": "Look up"}}
        catalogue.publish(city, "thing", "a", body)
    jobs.run_due(city)
    feed = _read(client, "/feed.atom")
    assert feed.feed.title == "Testville"
    assert feed.entries[0].tags[0].term == "thing"
    assert feed.entries[0].summary == "Look up"
    assert feed.entries[0].title_detail.type == "text/plain"
    assert feed.entries[0].title == "Stars & <i>moons</i>\ufffd"
    badge = next(entry for entry in feed.entries if entry.tags[0].term == "achievement")
    assert badge.link == f"http://localhost:8000/records/achievement/{achievement.id}"
    page = client.get(f"/organisations/{organisation.slug}").text
    discovered = re.search(r'href="(/feed\.atom\?organisation=[^"]+)"', page)
    assert discovered is not None
    kinds = {entry.tags[0].term for entry in _read(client, discovered[1]).entries}
    assert kinds == {"achievement", "organisation"}
    only = _read(client, "/feed.atom?type=thing")
    assert len(only.entries) == 1
    assert _read(client, "/feed.atom?type=none").entries == []
    with city.unit():
        catalogue.withdraw(city, "thing", "a")
    jobs.run_due(city)
    assert _read(client, "/feed.atom?type=thing").entries == []


def _read(client: FlaskClient, path: str) -> feedparser.FeedParserDict:
    found = feedparser.parse(client.get(path).data)
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found
