"""What the certification as Issuer asks, tried."""

import json

from colnode import jobs
from colnode.conformance.stage import Stage, need
from colnode.exchange import hosting
from colnode.openbadges import baking
from colnode.openbadges.schema import schema_error

__all__ = ["gives_baked_badge", "issues_by_email", "sends_badge", "signs_as_supported"]


def issues_by_email(stage: Stage) -> str:
    """A badge goes to conformance@imsglobal.org and verifies for a stranger over HTTP."""
    credential = stage.home.give("Conformance", email="conformance@imsglobal.org")
    stage.memory["badge"] = credential.document
    stage.memory["address"] = credential.address
    stage.memory["id"] = credential.id
    shared = stage.home.post(f"/credentials/{credential.address}/share")
    need(shared.status_code == 302, "the badge could not be shared")
    verdict = stage.verdict(credential.document.encode())
    need(verdict.is_valid, f"a stranger finds: {[str(item.id) for item in verdict.findings]}")
    return f"verified by a stranger with {len(verdict.findings)} checks"


def signs_as_supported(stage: Stage) -> str:
    """The proof is a DataIntegrityProof of the suite that the guide names."""
    document = json.loads(stage.memory["badge"])
    (proof,) = document["proof"]
    need(proof["type"] == "DataIntegrityProof", f"the proof is a {proof['type']}")
    need(proof["cryptosuite"] == "eddsa-rdfc-2022", f"the suite is {proof['cryptosuite']}")
    wrong = schema_error(document, "AchievementCredential")
    need(wrong is None, f"the schema says {wrong}")
    return f"{proof['cryptosuite']} by {proof['verificationMethod'].partition('#')[0]}"


def gives_baked_badge(stage: Stage) -> str:
    """PNG and SVG at the badge's address hold the signed document, byte for byte."""
    document = stage.memory["badge"].encode()
    sizes = []
    for form in ("png", "svg"):
        answer = stage.home.get(f"/credentials/{stage.memory['address']}.{form}")
        need(answer.status_code == 200, f"{form} answers {answer.status_code}")
        need(baking.unbake(answer.data) == document, f"the badge in the {form} is another one")
        stage.memory[form] = answer.data
        sizes.append(f"{form.upper()} of {len(answer.data)} bytes")
    return ", ".join(sizes)


def sends_badge(stage: Stage) -> str:
    """The learner sends the badge to the other city, which is the Host."""
    path = f"/credentials/{stage.memory['address']}/send"
    left = stage.home.post(path, address=stage.away.url)
    need(left.status_code == 303, f"leaving answers {left.status_code}")
    need(stage.away.get(left.location).status_code == 200, "the question is not shown")
    back = stage.home.get(stage.away.post(left.location, answer="yes").location)
    need(back.status_code == 302, f"coming back answers {back.status_code}")
    jobs.run_due(stage.home.node)
    node = stage.away.node
    with node.reading():
        there = hosting.list_page(node, stage.away.learner.id).documents
    need(stage.memory["badge"] in there, "the badge did not arrive")
    return "arrived byte for byte"
