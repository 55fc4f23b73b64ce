"""Libraries and aggregators harvest the catalogue by OAI-PMH 2.0, with clients of their own."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import etree
from sickle import Sickle
from sickle.oaiexceptions import NoRecordsMatch

from colnode import catalogue, jobs
from colnode.app import create_app
from colnode.badges.models import Achievement
from colnode.clock import format_rfc3339
from colnode.federation import harvest, sequencer
from colnode.identity.models import Organisation
from colnode.node import Node
from colnode.testing.fixtures import TestClock
from tests.catalogue.conftest import THING
from tests.cli.processes import free_port

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
OAI = "{http://www.openarchives.org/OAI/2.0/}"
Ask = Callable[..., "etree._Element"]


@pytest.fixture
def node(make_node: Callable[..., Node]) -> Node:
    """A city at a free port, so that it can be asked over real HTTP."""
    return make_node(base_url=f"http://localhost:{free_port()}")


@pytest.fixture
def city(node: Node) -> Node:
    """A city that also publishes things."""
    node.host.record_types["thing"] = THING
    return node


@pytest.fixture
def put(city: Node) -> Callable[..., None]:
    """Publish and sequence things: put(a="Chess"); None withdraws, a mapping is a whole body."""

    def act(**wishes: str | Mapping[str, Any] | None) -> None:
        with city.unit():
            for record_id, wish in wishes.items():
                if wish is None:
                    catalogue.withdraw(city, "thing", record_id)
                else:
                    body = {"name": {"en": wish}} if isinstance(wish, str) else wish
                    catalogue.publish(city, "thing", record_id, body)
        jobs.run_due(city)

    return act


@pytest.fixture
def put_many(city: Node) -> Callable[[int], None]:
    """Publish and sequence this many things."""

    def act(count: int) -> None:
        with city.unit():
            bodies = [(f"m{number:04}", {"name": {"en": "Many"}}) for number in range(count)]
            catalogue.publish_many(city, "thing", bodies)
        jobs.run_due(city)

    return act


@pytest.fixture
def harvester(city: Node, serve: Callable[[Node], str]) -> Sickle:
    """sickle, over real HTTP."""
    return Sickle(f"{serve(city)}/oai")


@pytest.fixture
def ask(city: Node, client: FlaskClient) -> Ask:
    """The answer to a request, as strictly read XML: ask(verb="Identify")."""

    def act(**arguments: str) -> "etree._Element":
        names = {name.rstrip("_"): value for name, value in arguments.items()}
        answer = client.get("/oai", query_string=names)
        assert answer.status_code == 200
        assert answer.content_type == "text/xml; charset=utf-8"
        return etree.fromstring(answer.data)

    return act


def error_of(answer: "etree._Element") -> str | None:
    """The code of the error in an answer."""
    found = answer.find(f"{OAI}error")
    return None if found is None else found.get("code")


def names_of(answer: "etree._Element") -> list[str]:
    """The ends of the identifiers in an answer."""
    return [str(item.text).rpartition("/")[2] for item in answer.iter(f"{OAI}identifier")]


def test_sickle_reads_every_page(
    city: Node, harvester: Sickle, put_many: Callable[[int], None]
) -> None:
    put_many(250)
    records = list(harvester.ListRecords(metadataPrefix="oai_dc", set="type-thing"))
    names = [record.header.identifier for record in records]
    assert names == [f"oai:{city.id}:thing/m{number:04}" for number in range(250)]
    assert all(record.metadata["title"] == ["Many"] for record in records)
    headers = list(harvester.ListIdentifiers(metadataPrefix="oai_dc", set="type-thing"))
    assert [header.identifier for header in headers] == names


def test_sickle_follows_changes_and_removals(
    city: Node, harvester: Sickle, put: Callable[..., None], clock: TestClock
) -> None:
    put(a="Chess", b="Go", c="Ludo")
    clock.forward(hours=1)
    since = format_rfc3339(clock.now())
    put(b="Go for all", c=None)
    wanted = {"metadataPrefix": "oai_dc", "from": since}
    found = {
        record.header.identifier.rpartition("/")[2]: record
        for record in harvester.ListRecords(**wanted)
    }
    assert found.keys() == {"b", "c"}
    assert found["b"].metadata["title"] == ["Go for all"]
    assert found["c"].deleted
    assert "Ludo" not in found["c"].raw
    clock.forward(days=400)
    put(a="Chess again")
    gone = harvester.GetRecord(metadataPrefix="oai_dc", identifier=f"oai:{city.id}:thing/c")
    assert gone.deleted
    assert gone.header.datestamp == since
    until = {"metadataPrefix": "oai_dc", "until": since[:10], "set": "type-thing"}
    assert [item.identifier[-1] for item in harvester.ListIdentifiers(**until)] == ["b", "c"]
    with pytest.raises(NoRecordsMatch):
        harvester.ListRecords(**wanted | {"from": "2999-01-01T00:00:00Z"})


def test_records_that_change_during_a_harvest_are_not_missed(
    ask: Ask, put: Callable[..., None], put_many: Callable[[int], None]
) -> None:
    put_many(230)
    asked = {"verb": "ListRecords"}
    answer = ask(**asked, metadataPrefix="oai_dc", set="type-thing")
    seen = {name: answer for name in names_of(answer)}
    put(m0000={"name": {"en": "Changed"}}, m0150={"name": {"en": "Changed"}}, m0200=None, new="New")
    tokens = []
    while token := answer.findtext(f".//{OAI}resumptionToken"):
        tokens.append(token)
        answer = ask(**asked, resumptionToken=token)
        seen |= {name: answer for name in names_of(answer)}
    assert len(seen) == 231
    assert set(names_of(answer)[-4:]) == {"m0000", "m0150", "m0200", "new"}
    again = ask(**asked, resumptionToken=tokens[0])
    assert len(names_of(again)) == 100
    size = answer.find(f".//{OAI}resumptionToken")
    assert size is not None
    assert (size.get("completeListSize"), size.get("cursor"), size.text) == ("230", "200", None)


def test_clock_that_went_back_hides_nothing(
    harvester: Sickle, put: Callable[..., None], clock: TestClock
) -> None:
    put(a="Chess")
    since = format_rfc3339(clock.now())
    clock.forward(hours=-3)
    put(b="Go")
    wanted = {"metadataPrefix": "oai_dc", "from": since, "set": "type-thing"}
    assert [item.identifier[-1] for item in harvester.ListIdentifiers(**wanted)] == ["a", "b"]


def test_sets_are_types_and_organisations(
    city: Node, harvester: Sickle, achievement: Achievement, organisation: Organisation
) -> None:
    jobs.run_due(city)
    sets = {item.setSpec: item.setName for item in harvester.ListSets()}
    assert sets["type-achievement"] == "Badges"
    assert sets[f"organisation-{organisation.id}"] == "Nature House"
    chosen = {"metadataPrefix": "oai_dc", "set": f"organisation-{organisation.id}"}
    records = list(harvester.ListRecords(**chosen))
    kinds = {record.header.identifier.split(":")[2].split("/")[0] for record in records}
    assert {"achievement", "organisation"} <= kinds
    badge = next(record for record in records if record.metadata["type"] == ["achievement"])
    assert badge.metadata["publisher"] == ["Nature House"]
    assert badge.metadata["rights"] == ["https://spdx.org/licenses/CC-BY-4.0"]
    home = f"{city.config.server.base_url}/records/achievement/{achievement.id}"
    assert badge.metadata["identifier"] == [home]
    assert set(badge.header.setSpecs) == {"type-achievement", f"organisation-{organisation.id}"}


def test_dublin_core_says_each_language_and_survives_hostile_texts(
    ask: Ask, put: Callable[..., None]
) -> None:
    body = {
        "name": {"en": "Stars & <b>moons</b>\x0b\ufffe", "lt": "Žvaigždės"},
        "text": {"en": "]]> Look up"},
        "tags": ["astronomy", "price:free"],
        "kind": "walk",
        "start": "2026-12-24T18:00:00+02:00",
    }
    put(a=body)
    answer = ask(verb="ListRecords", metadataPrefix="oai_dc", set="type-thing")
    record = answer.find(f".//{OAI}metadata")
    assert record is not None
    found = [
        (etree.QName(item).localname, item.get(XML_LANG), item.text)
        for item in record[0]
        if etree.QName(item).localname not in {"identifier", "publisher", "rights"}
    ]
    assert found == [
        ("title", "en", "Stars & <b>moons</b>\ufffd\ufffd"),
        ("title", "lt", "Žvaigždės"),
        ("subject", None, "walk"),
        ("subject", None, "astronomy"),
        ("description", "en", "]]> Look up"),
        ("date", None, "2026-12-24T16:00:00Z"),
        ("type", None, "thing"),
        ("language", None, "en"),
        ("language", None, "lt"),
    ]


def test_identify_says_what_harvesters_plan_by(city: Node, harvester: Sickle) -> None:
    about = harvester.Identify()
    assert about.repositoryName == "Testville"
    assert about.deletedRecord == "persistent"
    assert about.granularity == "YYYY-MM-DDThh:mm:ssZ"
    assert about.baseURL == f"{city.config.server.base_url}/oai"
    assert [item.metadataPrefix for item in harvester.ListMetadataFormats()] == ["oai_dc"]


def test_post_asks_the_same_without_a_form_token(city: Node, put: Callable[..., None]) -> None:
    put(a="Chess")
    asked = {"verb": "GetRecord", "metadataPrefix": "oai_dc"}
    asked["identifier"] = f"oai:{city.id}:thing/a"
    client = create_app(node=city).test_client()
    posted = client.post("/oai", data=asked)
    assert posted.status_code == 200
    assert posted.data == client.get("/oai", query_string=asked).data
    assert b"Chess" in posted.data


def test_record_that_was_just_withdrawn_shows_no_content(
    city: Node, ask: Ask, put: Callable[..., None]
) -> None:
    put(a="A secret")
    with city.unit():
        catalogue.withdraw(city, "thing", "a")
    answer = ask(verb="ListRecords", metadataPrefix="oai_dc", set="type-thing")
    header = answer.find(f".//{OAI}header")
    assert header is not None
    assert header.get("status") == "deleted"
    assert b"secret" not in etree.tostring(answer)


REQUESTS: list[tuple[dict[str, str], str | None]] = [
    ({}, "badVerb"),
    ({"verb": "Steal"}, "badVerb"),
    ({"verb": "Identify", "set": "a"}, "badArgument"),
    ({"verb": "ListRecords"}, "badArgument"),
    ({"verb": "GetRecord", "metadataPrefix": "oai_dc"}, "badArgument"),
    ({"verb": "ListRecords", "metadataPrefix": "marc21"}, "cannotDisseminateFormat"),
    ({"verb": "ListRecords", "resumptionToken": "x"}, "badResumptionToken"),
    (
        {"verb": "ListRecords", "resumptionToken": "r.1.1.1.99999999T999999Z.."},
        "badResumptionToken",
    ),
    ({"verb": "ListRecords", "resumptionToken": "r.1.1.1..."}, None),
    ({"verb": "ListRecords", "resumptionToken": "r.9999999999.1.1..."}, "badResumptionToken"),
    ({"verb": "ListSets", "resumptionToken": "r.1.1.1..."}, "badResumptionToken"),
    ({"verb": "ListSets", "resumptionToken": "s.999.1"}, "badResumptionToken"),
    (
        {"verb": "ListRecords", "metadataPrefix": "oai_dc", "resumptionToken": "r.1.1.1..."},
        "badArgument",
    ),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": "2026-02-30"}, "badArgument"),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": "2026"}, "badArgument"),
    (
        {
            "verb": "ListRecords",
            "metadataPrefix": "oai_dc",
            "from_": "2026-01-01",
            "until": "2026-01-01T00:00:00Z",
        },
        "badArgument",
    ),
    (
        {
            "verb": "ListRecords",
            "metadataPrefix": "oai_dc",
            "from_": "2026-01-02",
            "until": "2026-01-01",
        },
        "badArgument",
    ),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "until": "9999-12-31"}, None),
    (
        {"verb": "ListRecords", "metadataPrefix": "oai_dc", "until": "1999-12-31"},
        "noRecordsMatch",
    ),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "no-such"}, "noRecordsMatch"),
    (
        {"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "oai:x:thing/a"},
        "idDoesNotExist",
    ),
    ({"verb": "ListMetadataFormats", "identifier": "\x00\x01<"}, "idDoesNotExist"),
    ({"verb": "ListMetadataFormats"}, None),
]
"""Arguments and the code that they are answered with, None where they are right."""


def test_each_wrong_request_gets_the_error_of_the_specification(
    ask: Ask, put: Callable[..., None]
) -> None:
    put(a="Chess")
    for arguments, code in REQUESTS:
        answer = ask(**arguments)
        assert error_of(answer) == code, arguments
        request = answer.find(f"{OAI}request")
        assert request is not None
        assert (request.get("verb") is None) == (code in {"badVerb", "badArgument"}), arguments


def test_argument_that_comes_twice_is_refused(city: Node, client: FlaskClient) -> None:
    answer = client.get("/oai?verb=Identify&verb=Identify")
    assert error_of(etree.fromstring(answer.data)) == "badVerb"
    answer = client.get("/oai?verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc")
    assert error_of(etree.fromstring(answer.data)) == "badArgument"


def test_what_is_taken_over_late_is_not_missed(city: Node, ask: Ask, clock: TestClock) -> None:
    """Somebody asks between the entry in the log and the moment from which it can be harvested."""
    with city.unit():
        catalogue.publish(city, "thing", "late", {"name": {"en": "Chess"}})
    sequencer.run(city)
    clock.forward(seconds=90)
    asked_at = str(ask(verb="Identify").findtext(f"{OAI}responseDate"))
    clock.forward(seconds=1)
    harvest.follow(city)
    found = ask(verb="ListIdentifiers", metadataPrefix="oai_dc", from_=asked_at)
    assert "late" in names_of(found)
