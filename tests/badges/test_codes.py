"""Printed codes: one badge each, one for each person, and a sheet that can be printed again."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from colnode.badges import claims, codes
from colnode.badges.code_printing import Card, SheetTexts, draw_sheet
from colnode.badges.models import Achievement, CodeSheet
from colnode.errors import Gone, Invalid, Refused
from colnode.node import Node

if TYPE_CHECKING:
    from colnode.identity.models import Person
    from colnode.testing.fixtures import TestClock


@pytest.fixture
def achievement(make_achievement: Callable[..., Achievement]) -> Achievement:
    """A published badge."""
    return make_achievement()


def make_sheet(
    node: Node, achievement: Achievement, count: int = 3, **given: object
) -> tuple[CodeSheet, list[str]]:
    with node.unit():
        sheet = codes.create_sheet(
            node, achievement.id, count=count, actor_id=achievement.created_by,
            **given,  # type: ignore[arg-type]
        )  # fmt: skip
        return sheet, [link.code for link in codes.open_codes(node, sheet.id)]


def test_a_code_is_for_one_person(
    node: Node, achievement: Achievement, make_person: "Callable[..., Person]"
) -> None:
    sheet, made = make_sheet(node, achievement)
    assert len(set(made)) == 3
    kai, ona = make_person(), make_person()
    with node.unit():
        first = claims.claim(node, made[0], person_id=kai.id)
    with pytest.raises(Gone), node.unit():
        claims.claim(node, made[0], person_id=ona.id)
    with node.unit():
        assert claims.claim(node, made[1], person_id=ona.id).id != first.id
        view = codes.view_sheet(node, sheet.id)
        assert (view.count, view.used, view.is_open) == (3, 2, True)
        assert [link.code for link in codes.open_codes(node, sheet.id)] == [made[2]]


def test_two_codes_of_a_sheet_give_one_person_one_badge(
    node: Node, achievement: Achievement, make_person: "Callable[..., Person]"
) -> None:
    sheet, made = make_sheet(node, achievement)
    kai = make_person()
    with node.unit():
        first = claims.claim(node, made[0], person_id=kai.id)
        assert claims.claim(node, made[1], person_id=kai.id).id == first.id
        assert codes.view_sheet(node, sheet.id).used == 1


def test_a_closed_or_ended_sheet_gives_nothing(
    node: Node, achievement: Achievement, make_person: "Callable[..., Person]", clock: "TestClock"
) -> None:
    closed, first = make_sheet(node, achievement)
    _ending, second = make_sheet(node, achievement, expires_at=clock.now() + timedelta(hours=1))
    with node.unit():
        codes.close_sheet(node, closed.id, actor_id=achievement.created_by)
    clock.forward(hours=1)
    for code in (first[0], second[0]):
        with pytest.raises(Gone), node.unit():
            claims.claim(node, code, person_id=make_person().id)
    with pytest.raises(Gone), node.reading():
        codes.open_codes(node, closed.id)
    with node.reading():
        assert [view.is_open for view in codes.list_sheets(node, achievement.id)] == [False] * 2


def test_printed_codes_are_not_among_the_links(node: Node, achievement: Achievement) -> None:
    make_sheet(node, achievement)
    with node.reading():
        assert claims.list_links(node, achievement.id) == []


@pytest.mark.parametrize("count", [0, 501])
def test_an_impossible_number_of_codes_is_refused(
    node: Node, achievement: Achievement, count: int
) -> None:
    with pytest.raises(Invalid) as error:
        make_sheet(node, achievement, count=count)
    assert "count" in error.value.fields


def test_a_draft_has_no_codes(node: Node, make_achievement: Callable[..., Achievement]) -> None:
    with pytest.raises(Refused):
        make_sheet(node, make_achievement(is_published=False))


def test_a_sheet_is_a_pdf_of_ten_cards_a_page() -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (64, 64), "#c04020").save(drawn, "PNG")
    cards = [Card(f"https://city.example/claim/code{n}", f"code {n}") for n in range(11)]
    texts = SheetTexts("Ąžuolų pažinėjas", "مكتبة المدينة", "Scan it.", "Until 31 May.")
    data = draw_sheet(cards, texts, drawn.getvalue())
    assert data.startswith(b"%PDF-")
    assert data.count(b"/Type /Page\n") == 2
