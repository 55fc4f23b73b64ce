"""Badges that differ in a few texts are signed as each of them alone would be."""

import json
import random

import pytest

from colnode.errors import Invalid
from colnode.openbadges import issuing, shapes
from colnode.openbadges.alike import Alike, Place

from .test_shapes import ADDRESSES, TEXTS
from .world import EARLIER, City

PLACES: list[Place] = [
    ("id",),
    ("credentialSubject", "id"),
    ("credentialSubject", "achievement", "tag", 1),
    ("credentialSubject", "achievement", "description"),
]


@pytest.fixture(autouse=True)
def _unknown_shapes() -> None:
    shapes.forget()


@pytest.fixture
def model(city: City) -> dict[str, object]:
    document = city.credential()
    document["credentialSubject"]["achievement"]["tag"] = ["a", "b"]
    document["credentialSubject"]["creditsEarned"] = 3
    return document


def alike_of(city: City, model: dict[str, object], places: list[Place]) -> Alike:
    return Alike(
        model,
        places,
        key=city.ed25519,
        verification_method=city.method(city.ed25519),
        created=EARLIER,
    )


def outcome(city: City, alike: Alike, texts: list[str], *, alone: bool) -> object:
    try:
        if not alone:
            return alike.issue(texts)
        return issuing.issue(
            alike.document(texts),
            key=city.ed25519,
            verification_method=city.method(city.ed25519),
            created=EARLIER,
        )
    except Invalid as error:
        return str(error)


def test_each_is_signed_as_it_would_be_alone(city: City, model: dict[str, object]) -> None:
    chance = random.Random(5)
    alike = alike_of(city, model, PLACES)
    signed = 0
    for number in range(300):
        texts = [
            f"urn:uuid:{number}" if number % 3 else chance.choice(ADDRESSES),
            f"urn:person:{number}" if number % 4 else chance.choice(ADDRESSES),
            chance.choice(TEXTS) if number % 2 else "guide",
            chance.choice([*TEXTS, *ADDRESSES]),
        ]
        one = outcome(city, alike, texts, alone=False)
        assert one == outcome(city, alike, texts, alone=True)
        signed += isinstance(one, bytes)
    assert 50 < signed < 300


def test_later_ones_are_not_taken_apart(
    city: City, model: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    alike = alike_of(city, model, PLACES)
    alike.issue(["urn:uuid:1", "urn:person:1", "guide", "One."])
    monkeypatch.setattr(issuing, "issue", None)
    badge = json.loads(alike.issue(["urn:uuid:2", "urn:person:2", "helper", "Two ąčę."]))
    assert badge["credentialSubject"]["achievement"]["tag"] == ["a", "helper"]
    assert badge["credentialSubject"]["achievement"]["description"] == "Two ąčę."


def test_texts_that_decide_the_shape_go_the_full_way(city: City, model: dict[str, object]) -> None:
    alike = alike_of(city, model, [("credentialSubject", "achievement", "type", 0)])
    for texts in (["Achievement"], ["Achievement"], ["Badge"]):
        assert outcome(city, alike, texts, alone=False) == outcome(city, alike, texts, alone=True)


def test_a_first_one_that_is_refused_spoils_nothing(city: City, model: dict[str, object]) -> None:
    alike = alike_of(city, model, PLACES)
    with pytest.raises(Invalid):
        alike.issue(["urn:uuid:1", "urn:person:1", "bell \x07", "One."])
    texts = ["urn:uuid:1", "urn:person:1", "bell", "One."]
    assert alike.issue(texts) == outcome(city, alike, texts, alone=True)


def test_as_many_texts_as_places(city: City, model: dict[str, object]) -> None:
    alike = alike_of(city, model, PLACES)
    with pytest.raises(ValueError, match="zip"):
        alike.issue(["urn:uuid:1"])
