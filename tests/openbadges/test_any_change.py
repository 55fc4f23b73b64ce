"""Whatever is changed in a signed document is refused, or changes neither its data nor our reading.

Hypothesis looks for the change: of a value, a name or the nesting, one or several at once.
"""

import copy
import functools
import json
from dataclasses import asdict
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colnode.openbadges import contexts, issuing
from colnode.openbadges.jsonld import canonical_nquads
from colnode.openbadges.verify import Outcome, Verdict
from tests.openbadges.test_mutations import NAMES, places
from tests.openbadges.world import EARLIER, NOW, City

BADGE = "urn:uuid:018f2b4e-0000-7000-8000-000000000001"
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False, allow_infinity=False, width=16)
    | st.text(max_size=4)
    | st.sampled_from(
        ["2020-01-01T00:00:00Z", BADGE, "urn:x", "_:b0", "EndorsementSubject", "https://x.example/"]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from([*NAMES, "@value", "@list", "@set"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@functools.cache
def world() -> City:
    return City()


@functools.cache
def signed() -> tuple[dict[str, Any], ...]:
    """A badge with much in it, and one that is endorsed itself, by its own issuer."""
    city = world()
    results = (issuing.Result(value="A"), issuing.Result(value="B"))
    rich = city.credential(
        id=BADGE,
        valid_until=NOW.replace(year=2030),
        evidence=(issuing.Evidence("https://x.example/e", "Seen", "E"),),
        results=results,
        credits_earned=1.5,
        subject=issuing.Subject("urn:uuid:018f2b4e-0000-7000-8000-000000000002", "Ona"),
    )
    endorsement = issuing.build_endorsement(
        id="urn:uuid:018f2b4e-0000-7000-8000-00000000000e",
        issuer=issuing.IssuerProfile(city.did, "City Library"),
        subject_id=BADGE,
        comment="Useful",
        valid_from=EARLIER,
    )
    endorsed = city.credential(id=BADGE, endorsements=(json.loads(city.sign(endorsement)),))
    return tuple(json.loads(city.sign(document)) for document in (rich, endorsed))


def change(document: dict[str, Any], data: st.DataObject) -> None:
    """One change of a value, a name or the nesting, where Hypothesis wants it."""
    every = list(places(document))
    container, name = data.draw(st.sampled_from(every))
    value = container[name]
    kinds = ["replace", "delete", "wrap", "address", "text", "copy", "move"]
    kinds += ["rename", "add"] if isinstance(container, dict) else ["reverse"]
    kind = data.draw(st.sampled_from(kinds))
    if kind == "replace":
        container[name] = data.draw(VALUES)
    elif kind == "delete":
        del container[name]
    elif kind == "wrap":
        container[name] = [value]
    elif kind == "address":
        container[name] = {data.draw(st.sampled_from(["id", "@value", "name"])): value}
    elif kind == "text":
        container[name] = str(value)
    elif kind == "rename":
        container[data.draw(st.sampled_from(NAMES))] = container.pop(name)
    elif kind == "add":
        container[data.draw(st.sampled_from(NAMES))] = data.draw(VALUES)
    elif kind == "reverse":
        container.reverse()
    else:
        other, other_name = data.draw(st.sampled_from(every))
        if isinstance(other, dict):
            other[str(name)] = copy.deepcopy(value)
        if kind == "move" and (other is not container or other_name != name):
            container.pop(name) if isinstance(container, list) else container.pop(name, None)


def dataset(document: dict[str, Any]) -> str:
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    return canonical_nquads(unsecured, contexts.pinned())


def what_is_read(verdict: Verdict) -> dict[str, Any]:
    """Everything that a page shows; tags and results are sets."""
    own = asdict(verdict.summary)
    inside = [what_is_read(inner) for inner in verdict.endorsements]
    results = {*verdict.summary.results}
    return {**own, "tags": {*own["tags"]}, "results": results, "endorsements": inside}


@given(st.data())
@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
def test_any_change_is_refused_or_changes_nothing_that_is_read(data: st.DataObject) -> None:
    original = data.draw(st.sampled_from(signed()))
    before = world().verify(original)
    assert before.outcome is Outcome.VALID
    document = copy.deepcopy(original)
    for _number in range(data.draw(st.integers(1, 3))):
        change(document, data)
    after = world().verify(document)
    if after.outcome is Outcome.VALID:
        assert dataset(document) == dataset(original)
        assert what_is_read(after) == what_is_read(before)
