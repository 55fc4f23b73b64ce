"""Awards from a table: each row has its own words and its own result."""

from collections.abc import Callable

import pytest

from colnode.badges import award_tables, offers
from colnode.badges.models import Achievement
from colnode.errors import ColnodeError, Invalid, TooLarge
from colnode.node import Node

TABLE = """email;what they did;links;valid until;room
kai@example.org;"Built a robot;
with six legs.";https://example.org/a https://example.org/b;;7
KAI@example.org;again;;;
broken;x;;;
ona@example.org;Found the fault.;;2030-06-30;8

jonas@example.org;;my shelf;;
rasa@example.org;;;yesterday;
old@example.org;;;2020-01-01;
"""


@pytest.fixture
def achievement(make_achievement: Callable[..., Achievement]) -> Achievement:
    """A published badge."""
    return make_achievement()


def award(
    node: Node, achievement: Achievement, text: str, *, is_trial: bool = False
) -> list[tuple[int, str, str]]:
    with node.unit():
        results = award_tables.award_table(
            node, achievement.id, text=text, actor_id=achievement.created_by, is_trial=is_trial
        )
        return [(row.line, row.result.email, row.result.outcome) for row in results]


EXPECTED = [
    (3, "kai@example.org", "sent"),
    (4, "kai@example.org", "double"),
    (5, "broken", "wrong"),
    (6, "ona@example.org", "sent"),
    (8, "jonas@example.org", "wrong"),
    (9, "rasa@example.org", "wrong"),
    (10, "old@example.org", "wrong"),
]


def test_a_trial_tells_what_would_happen_and_does_nothing(
    node: Node, achievement: Achievement
) -> None:
    assert award(node, achievement, TABLE, is_trial=True) == EXPECTED
    with node.reading():
        assert offers.list_offers(node, achievement.id) == []


def test_each_row_has_its_own_words(node: Node, achievement: Achievement) -> None:
    assert award(node, achievement, TABLE) == EXPECTED
    with node.reading():
        found = {str(o.email): o for o in offers.list_offers(node, achievement.id)}
    assert set(found) == {"kai@example.org", "ona@example.org"}
    kai, ona = found["kai@example.org"], found["ona@example.org"]
    assert kai.narrative == "Built a robot;\nwith six legs."
    assert kai.evidence == ["https://example.org/a", "https://example.org/b"]
    assert ona.valid_until is not None
    assert ona.valid_until.isoformat() == "2030-06-30T21:00:00+00:00"
    again = award(node, achievement, TABLE)
    assert [outcome for _line, _email, outcome in again][:2] == ["waiting", "double"]


def test_a_wrong_row_says_why(node: Node, achievement: Achievement) -> None:
    with node.unit():
        results = award_tables.award_table(
            node, achievement.id, text=TABLE, actor_id=achievement.created_by, is_trial=True
        )
    reasons = {row.result.email: row.result.reason for row in results}
    assert reasons["broken"] is None
    assert "https://" in str(reasons["jonas@example.org"])
    assert "2030-06-30" in str(reasons["rasa@example.org"])
    assert "still to come" in str(reasons["old@example.org"])


def test_the_sample_is_such_a_table(node: Node, achievement: Achievement) -> None:
    with node.reading():
        sample = award_tables.sample(node, achievement.id)
    assert [row[2] for row in award(node, achievement, sample)] == ["sent", "sent"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "names the columns"),
        ("kai@example.org\nona@example.org\n", "names the columns"),
        ("email,text\n", "no row"),
        ("email\n" + "x@example.org\n" * 1_001, "1,000"),
        ("email\n" + "x" * 140_000 + "\n", "CSV"),
    ],
    ids=["empty", "no head", "no rows", "too many", "not a table"],
)
def test_what_is_no_table_is_refused(
    node: Node, achievement: Achievement, text: str, words: str
) -> None:
    with pytest.raises(Invalid, match=words) as error:
        award(node, achievement, text)
    assert "file" in error.value.fields


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_from_spreadsheets_are_read(encoding: str) -> None:
    assert award_tables.decode("email\nšarūnas@example.org".encode(encoding)).endswith(
        "ūnas@example.org"
    )


@pytest.mark.parametrize("data", [b"email\n\xe0\xe8@example.org", b"x" * 1_000_001])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(ColnodeError) as error:
        award_tables.decode(data)
    assert isinstance(error.value, (Invalid, TooLarge))
