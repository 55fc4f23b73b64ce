"""The certificate: one A4 page with the badge's words, whatever their length and direction."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from colnode.badges import certificate, issuing, passport
from colnode.badges.models import Achievement
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.identity.models import Person

LONG = "Verantwortungsvolle Nachbarschaftsgartenbewässerungsanlagenwartung " * 3


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("name", "language", "holder"),
    [
        ({"en": "Robot builder"}, "en", "Kai Lange"),
        ({"en": LONG[:120]}, "de", None),
        ({"en": "Robots", "ar": "صانع الروبوتات الذكية"}, "ar", "كاي لانغه"),
        ({"en": "ロボット 🤖"}, "en", "x" * 100),
    ],
)
def test_a_certificate_is_one_page(
    name: dict[str, str], language: str, holder: str | None, node: Node,
    make_person: "Callable[..., Person]", make_achievement: Callable[..., Achievement],
) -> None:  # fmt: skip
    achievement = make_achievement(
        name=name, description={"en": LONG * 4, "ar": "يبني روبوتا يتبع خطا."}, valid_days=30
    )
    person = make_person()
    with node.unit():
        credential = issuing.issue(node, achievement.id, person_id=person.id)
    with node.reading():
        held = passport.open_credential(node, credential.address, viewer_id=person.id)
        made = certificate.draw(node, held, language=language, name=holder)
    assert made.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", made)) == 1
    assert b"841.89 595.28" in made
    assert credential.address.encode() in made
