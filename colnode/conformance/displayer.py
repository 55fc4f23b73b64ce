"""What the certification as Displayer asks, tried on the page that viewers use."""

from colnode.badges import issuing
from colnode.conformance.stage import Stage, Unmet, need

__all__ = ["calls_forged_invalid", "calls_revoked_revoked", "calls_valid_valid"]


def _page(stage: Stage, text: str) -> str:
    answer = stage.away.post("/verify", text=text)
    need(answer.status_code == 200, f"/verify answers {answer.status_code}")
    return answer.text


def calls_valid_valid(stage: Stage) -> str:
    """Another city's page calls the badge valid."""
    if "This badge is real, unchanged and valid today." not in _page(stage, stage.memory["badge"]):
        raise Unmet("the page does not call a valid badge valid")
    return "“This badge is real, unchanged and valid today.”"


def calls_forged_invalid(stage: Stage) -> str:
    """The same badge with one word changed."""
    forged = stage.memory["badge"].replace("Meet it.", "Pay for it.")
    need(forged != stage.memory["badge"], "nothing could be changed")
    need("changed after it was signed" in _page(stage, forged), "a forged badge passes")
    return "“This badge was changed after it was signed, or it is forged.”"


def calls_revoked_revoked(stage: Stage) -> str:
    """A badge that its organisation takes back."""
    credential = stage.home.give("Mistake")
    node = stage.home.node
    with node.unit():
        issuing.revoke(
            node, credential.id, actor_id=stage.home.learner.id, reason="Given by mistake."
        )
    need("taken back" in _page(stage, credential.document), "a revoked badge passes")
    return "“This badge was taken back by the organisation that gave it.”"
