"""Search engines find every public page, and feed readers what is new."""

import json
import re
from collections.abc import Callable
from typing import Any

import feedparser
import pytest
from flask.testing import FlaskClient
from lxml import etree, html
from pyld import jsonld

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
    assert client.get("/sitemap-99999999.xml").status_code == 404
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


SCHEMA_ORG = {"@context": {"@vocab": "https://schema.org/", "id": "@id"}}


def structured(client: FlaskClient, path: str) -> dict[str, Any]:
    """The one JSON-LD node of a page as PyLD expands it, and its canonical address checked."""
    page = html.fromstring(client.get(path).text)
    assert page.xpath("//link[@rel='canonical']/@href") == [f"http://localhost:8000{path}"]
    (script,) = page.xpath("//script[@type='application/ld+json']/text()")
    documents = {"documentLoader": lambda url, _options: _vocabulary(url)}
    (node,) = jsonld.expand(json.loads(script), documents)
    return {name.removeprefix("https://schema.org/"): value for name, value in node.items()}


def _vocabulary(url: str) -> dict[str, Any]:
    assert url == "https://schema.org"
    return {"contextUrl": None, "documentUrl": url, "document": SCHEMA_ORG}


def test_pages_say_what_they_are_in_schema_org(
    city: Node, client: FlaskClient, achievement: Achievement, organisation: Organisation
) -> None:
    home = structured(client, "/")
    assert home["@type"] == ["https://schema.org/WebSite"]
    assert home["name"] == [{"@value": "Testville"}]
    badge = structured(client, f"/badges/{achievement.id}")
    assert badge["@type"] == ["https://schema.org/EducationalOccupationalCredential"]
    assert badge["name"] == [{"@value": "Robot builder"}]
    issuer = badge["publisher"][0]
    about = structured(client, f"/organisations/{organisation.slug}")
    assert about["@type"] == ["https://schema.org/Organization"]
    assert about["@id"] == issuer["@id"]
    assert about["name"] == issuer["https://schema.org/name"] == [{"@value": "Nature House"}]


def test_no_text_closes_the_script_that_it_stands_in(
    city: Node, client: FlaskClient, make_organisation: Callable[..., Organisation]
) -> None:
    name = "</script><script>alert(1)</script><!-- & end"
    hostile = make_organisation(name)
    assert structured(client, f"/organisations/{hostile.slug}")["name"] == [{"@value": name}]


def _read(client: FlaskClient, path: str) -> feedparser.FeedParserDict:
    found = feedparser.parse(client.get(path).data)
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found
