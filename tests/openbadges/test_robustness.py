"""Whatever the document or the pages say, verification gives a verdict and never breaks."""

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from colnode.openbadges import jose
from colnode.openbadges.did import did_web_to_url
from colnode.openbadges.verify import Verdict
from tests.openbadges import test_mutations as mutations
from tests.openbadges.test_enclosed import badge_with, endorsement, record
from tests.openbadges.test_ob2 import BASE, Issuer
from tests.openbadges.world import LIST_URL, City

ROUNDS = 40
Case = Callable[[City, random.Random], Verdict]


def changed(document: Any, chance: random.Random) -> Any:
    document = copy.deepcopy(document)
    for _number in range(chance.choice([1, 2, 3])):
        mutations.mutate(document, chance)
    return document


def compact(city: City, payload: Any, header: Any) -> bytes:
    return jose.sign_compact(json.dumps(payload).encode(), header, city.p256).encode()


def odd_claims(city: City, chance: random.Random) -> Verdict:
    credential = city.credential()
    payload = changed({**credential, **jose.claims_of(credential)}, chance)
    return city.verify(compact(city, payload, {"kid": city.method(city.p256)}))


def odd_wrapper(city: City, chance: random.Random) -> Verdict:
    credential = city.credential()
    payload = changed({"vc": credential, **jose.claims_of(credential)}, chance)
    return city.verify(compact(city, payload, {"kid": city.method(city.p256)}))


def odd_header(city: City, chance: random.Random) -> Verdict:
    header = {"kid": city.method(city.p256), "jwk": city.p256.public.jwk(), "typ": "JWT"}
    return city.verify(compact(city, city.credential(), changed(header, chance)))


def odd_did_document(city: City, chance: random.Random) -> Verdict:
    badge, url = city.badge(), did_web_to_url(city.did)
    city.pages.put(url, changed(json.loads(city.pages[url]), chance))
    return city.verify(badge)


def odd_status_list(city: City, chance: random.Random) -> Verdict:
    badge = city.badge()
    city.pages.put(LIST_URL, changed(json.loads(city.pages[LIST_URL]), chance))
    return city.verify(badge)


def odd_record(city: City, chance: random.Random) -> Verdict:
    whole = record(city, city.badge(), badge_with(city, endorsement(city)))
    return city.verify(changed(json.loads(whole), chance))


def odd_refresh(city: City, chance: random.Random) -> Verdict:
    badge = city.badge(refresh_url="https://city.example/refresh")
    city.pages.put("https://city.example/refresh", changed(json.loads(badge), chance))
    return city.verify(badge)


def odd_old_assertion(_city: City, chance: random.Random) -> Verdict:
    issuer = Issuer()
    document = json.dumps(changed(issuer.assertion(), chance)).encode()
    issuer.pages[f"{BASE}/assertion"] = document
    return issuer.verify(document)


def odd_old_page(_city: City, chance: random.Random) -> Verdict:
    issuer = Issuer()
    issuer.change("issuer", revocationList=f"{BASE}/revoked")
    issuer.put("revoked", revokedAssertions=[{"id": "urn:x"}])
    url = f"{BASE}/{chance.choice(['badge', 'issuer', 'key', 'revoked'])}"
    issuer.pages.put(url, changed(json.loads(issuer.pages[url]), chance))
    return issuer.verify(issuer.sign())


CASES: list[Case] = [
    odd_claims,
    odd_wrapper,
    odd_header,
    odd_did_document,
    odd_status_list,
    odd_record,
    odd_refresh,
    odd_old_assertion,
    odd_old_page,
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_odd_input_gets_a_verdict(city: City, case: Case) -> None:
    chance = random.Random(case.__name__)
    for _number in range(ROUNDS):
        verdict = case(city, chance)
        assert verdict.findings
        assert isinstance(verdict.summary.tags, tuple)
        assert all(finding.text for finding in verdict.findings)
        city.publish()


def test_issuing_refuses_odd_credentials_with_a_reason(city: City) -> None:
    from colnode.errors import Invalid

    chance = random.Random(7)
    reasons = []
    for _number in range(120):
        try:
            city.sign(changed(city.credential(), chance))
        except Invalid as error:
            reasons.append(str(error))
    assert len(reasons) > 60
    assert all(reasons)
