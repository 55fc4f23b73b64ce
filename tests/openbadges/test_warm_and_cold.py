"""What was met before changes how fast a verdict comes, never the verdict."""

import copy
import json
import random
from typing import Any

import pytest

from colnode.openbadges import issuing, shapes
from colnode.openbadges.verify import Verdict
from tests.openbadges.test_mutations import mutate
from tests.openbadges.test_shapes import ADDRESSES, TEXTS, texts_of
from tests.openbadges.world import NOW, City


def originals(city: City) -> list[dict[str, Any]]:
    rich = city.credential(
        valid_until=NOW.replace(year=2030),
        evidence=(issuing.Evidence(narrative="One"), issuing.Evidence(narrative="Two")),
        results=(issuing.Result(value="A"),),
        subject=issuing.Subject("urn:uuid:018f2b4e-0000-7000-8000-000000000002", "Ona"),
    )
    badges = [city.credential(id=f"urn:uuid:{number}") for number in range(3)]
    return [json.loads(city.sign(document)) for document in (rich, *badges)]


def told(verdict: Verdict) -> tuple[Any, ...]:
    found = [(item.id, item.status, dict(item.parameters)) for item in verdict.findings]
    return verdict.outcome, found, verdict.summary


@pytest.mark.parametrize("seed", range(3))
def test_verdict_is_the_same_whatever_was_met_before(city: City, seed: int) -> None:
    chance = random.Random(seed)
    known = originals(city)
    for number in range(60):
        shapes.forget()
        for document in known:
            city.verify(document)
            city.verify(document)
        document = copy.deepcopy(chance.choice(known))
        if number % 2:
            mutate(document, chance)
        else:
            for container, name in chance.sample(texts_of(document), chance.choice([1, 2, 3])):
                container[name] = chance.choice(ADDRESSES if name == "id" else TEXTS + ADDRESSES)
        warm = told(city.verify(document))
        shapes.forget()
        assert told(city.verify(document)) == warm
