"""A changed document is refused, or neither its dataset nor what we read from it changed."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from colnode.openbadges import contexts, issuing
from colnode.openbadges.jsonld import canonical_nquads
from colnode.openbadges.verify import Outcome
from tests.openbadges.world import NOW, City

Place = tuple[Any, Any]


def places(value: Any) -> Iterator[Place]:
    """Every member and item as its container and its name or index."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in list(items):
        yield value, name
        if isinstance(inner, dict | list):
            yield from places(inner)


def mutate(document: dict[str, Any], chance: random.Random) -> None:
    """Change one value, name or nesting."""
    container, name = chance.choice(list(places(document)))
    other, other_name = chance.choice(list(places(document)))
    value = container[name]
    actions = {
        "delete": lambda: container.pop(name),
        "replace": lambda: container.__setitem__(name, chance.choice(VALUES)),
        "wrap": lambda: container.__setitem__(name, [value]),
        "double": lambda: container.__setitem__(name, [value, copy.deepcopy(value)]),
        "value": lambda: container.__setitem__(name, {"@value": value}),
        "address": lambda: container.__setitem__(name, {"id": value}),
        "text": lambda: container.__setitem__(name, str(value)),
        "copy": lambda: container.__setitem__(name, copy.deepcopy(other[other_name])),
    }
    if isinstance(container, dict):
        actions["rename"] = lambda: container.__setitem__(chance.choice(NAMES), container.pop(name))
    if isinstance(value, dict):
        actions["move"] = lambda: value.__setitem__(
            str(other_name), copy.deepcopy(other[other_name])
        )
    if isinstance(value, list) and len(value) > 1:
        actions["reverse"] = value.reverse
        actions["unwrap"] = lambda: container.__setitem__(name, value[0])
    actions[chance.choice(sorted(actions))]()


VALUES: list[Any] = [None, "", "x", 1, 1.5, True, [], {}, "urn:x", "2020-01-01T00:00:00Z", ["x"]]
NAMES = [
    "id",
    "type",
    "name",
    "description",
    "validUntil",
    "validFrom",
    "image",
    "https://schema.org/name",
    "@id",
    "@type",
    "unknown",
]


def one_id_in_two_places(city: City) -> dict[str, Any]:
    """The issuer is the subject and the creator as well, and says something at each place."""
    profile = issuing.IssuerProfile(city.did, "City Library", "https://city.example", "a@b.example")
    achievement = issuing.AchievementData(
        "https://city.example/a", "Name", "Text", "Do it", creator=profile
    )
    credential = city.credential(achievement=achievement, subject=issuing.Subject(city.did))
    del credential["issuer"]["url"]
    return dict(json.loads(city.sign(credential)))


def test_member_moved_between_places_with_one_id_reads_the_same(city: City) -> None:
    document = one_id_in_two_places(city)
    before = city.verify(document)
    assert before.summary.issuer_url == "https://city.example"
    del document["issuer"]["name"]
    after = city.verify(document)
    assert after.outcome is before.outcome is Outcome.VALID
    assert after.summary == before.summary


def rich(city: City) -> dict[str, Any]:
    credential = city.credential(
        valid_until=NOW.replace(year=2030),
        evidence=(issuing.Evidence("https://x.example/e", "Seen", "E"),),
        results=(issuing.Result(value="A"),),
        credits_earned=1.5,
        subject=issuing.Subject("urn:uuid:018f2b4e-0000-7000-8000-000000000002", "Ona"),
    )
    return dict(json.loads(city.sign(credential)))


def dataset(document: dict[str, Any]) -> str:
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    return canonical_nquads(unsecured, contexts.pinned())


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("make", [rich, one_id_in_two_places])
def test_changed_document_is_refused_or_reads_the_same(
    city: City, make: Callable[[City], dict[str, Any]], seed: int
) -> None:
    original = make(city)
    verdict = city.verify(original)
    assert verdict.outcome is Outcome.VALID
    summary, signed = verdict.summary, dataset(original)
    chance = random.Random(seed)
    accepted = 0
    for _number in range(60):
        document = copy.deepcopy(original)
        mutate(document, chance)
        try:
            verdict = city.verify(document)
        except RecursionError:
            pytest.fail("a changed document must not break the reader")
        if verdict.outcome is not Outcome.VALID:
            continue
        accepted += 1
        assert dataset(document) == signed
        assert set(verdict.summary.tags) == set(summary.tags)
        assert set(verdict.summary.results) == set(summary.results)
        assert vars_without_sets(verdict.summary) == vars_without_sets(summary)
    assert accepted < 40


def vars_without_sets(summary: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(summary).items() if name not in ("tags", "results")}
