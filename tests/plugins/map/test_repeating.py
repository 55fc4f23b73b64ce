"""What repeats: its times over summer time, its faults, and how other cities see it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from colnode_map import records, service
from colnode_map.content import Content
from colnode_map.filters import Filters
from colnode_map.recurrence import Series, parse_rule, times
from dateutil.rrule import rrulestr

from colnode.plugin import Invalid, Node, catalogue

VILNIUS = ZoneInfo("Europe/Vilnius")
TUESDAY = datetime(2026, 11, 24, 18, tzinfo=VILNIUS)


def series(rule: str, start: datetime = TUESDAY, *exceptions: str) -> Series:
    return Series(start, start + timedelta(hours=2), rule, exceptions, VILNIUS)


def test_the_clock_on_the_wall_stays_over_summer_time() -> None:
    start = datetime(2027, 3, 23, 18, tzinfo=VILNIUS)
    found = list(times(series("FREQ=WEEKLY;COUNT=2", start)))
    assert [pair[0] for pair in found] == [
        datetime(2027, 3, 23, 16, tzinfo=UTC),
        datetime(2027, 3, 30, 15, tzinfo=UTC),
    ]
    assert {end - begin for begin, end in found} == {timedelta(hours=2)}


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=3;COUNT=9",
        "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=9",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;UNTIL=20270301T000000Z",
        "FREQ=MONTHLY;BYDAY=4TU;COUNT=5",
        "FREQ=MONTHLY;BYDAY=-1TU;COUNT=5",
        "FREQ=MONTHLY;BYMONTHDAY=24,-1;COUNT=7",
        "FREQ=YEARLY;COUNT=2",
    ],
)
def test_times_are_those_of_the_standard(rule: str) -> None:
    naive = TUESDAY.replace(tzinfo=None)
    expected = list(islice(rrulestr(rule.replace("Z", ""), dtstart=naive), 9))
    starts = [start for start, _end in islice(times(series(rule)), 9)]
    found = [start.astimezone(VILNIUS).replace(tzinfo=None) for start in starts]
    assert found == expected
    assert str(parse_rule(rule, VILNIUS)) == str(parse_rule(rule.lower(), VILNIUS))


def test_days_that_are_left_out_do_not_take_place() -> None:
    found = times(series("FREQ=WEEKLY;COUNT=3", TUESDAY, "2026-12-01"))
    assert [start.day for start, _end in found] == [24, 8]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=YEARLY;BYDAY=MO",
        "FREQ=WEEKLY;BYHOUR=3",
        "FREQ=WEEKLY;COUNT=900000",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=WEEKLY;UNTIL=20270231",
        "FREQ=WEEKLY;COUNT=3;UNTIL=20270201",
        "WEEKLY",
        "FREQ=MONTHLY;BYMONTHDAY=31;INTERVAL=12",
        "",
    ],
)
def test_a_rule_of_another_city_that_cannot_be_takes_place_never(rule: str) -> None:
    assert list(times(series(rule))) == []


IMPOSSIBLE: list[tuple[str, dict[str, Any]]] = [
    ("starts_at", {"rule": "FREQ=WEEKLY;BYDAY=MO"}),
    ("starts_at", {"starts_at": None, "ends_at": None, "is_always_open": True}),
    ("repeat_until", {"rule": "FREQ=WEEKLY;UNTIL=20260101T000000Z"}),
    ("repeat_until", {"rule": "FREQ=WEEKLY;UNTIL=20300101T000000Z"}),
    ("repeat_until", {"rule": "FREQ=DAILY;UNTIL=20281101T000000Z"}),
    ("rule", {"rule": "FREQ=HOURLY"}),
    ("ends_at", {"rule": "FREQ=DAILY", "ends_at": TUESDAY + timedelta(days=2)}),
    ("exceptions", {"exceptions": ("2026-11-25",)}),
    ("exceptions", {"exceptions": ("tomorrow",)}),
    ("exceptions", {"rule": "", "exceptions": ("2026-11-24",)}),
    ("exceptions", {"rule": "FREQ=WEEKLY;COUNT=2", "exceptions": ("2026-11-24", "2026-12-01")}),
    ("latitude", {"latitude": -54.0, "longitude": 125.0}),
    ("ends_at", {"ends_at": TUESDAY - timedelta(hours=1)}),
]


@pytest.mark.databases("sqlite")
def test_what_cannot_be_is_named(make_activity: Callable[..., Any]) -> None:
    usual = {"starts_at": TUESDAY, "ends_at": TUESDAY + timedelta(hours=2), "rule": "FREQ=WEEKLY"}
    for field, more in IMPOSSIBLE:
        with pytest.raises(Invalid) as caught:
            make_activity(**(usual | more))
        assert list(caught.value.fields) == [field], more


@pytest.mark.databases("sqlite")
def test_without_an_end_it_holds_for_a_year(node: Node, make_activity: Callable[..., Any]) -> None:
    made = make_activity(starts_at=TUESDAY, rule="FREQ=WEEKLY")
    assert made.rule == "FREQ=WEEKLY;UNTIL=20271124T160000Z"
    with node.reading():
        record = catalogue.get(node, catalogue.OWN, made.id)
    assert record is not None
    assert record.body["eventSchedule"]["endDate"] == "2027-11-24"


def test_each_week_finds_it(node: Node, make_activity: Callable[..., Any], clock: Any) -> None:
    make_activity("Weekly", starts_at=TUESDAY, rule="FREQ=WEEKLY", exceptions=("2026-12-15",))
    weeks = []
    for _week in range(5):
        with node.reading():
            found = catalogue.search(node, Filters(when="week").query(clock.now()))
        weeks.append(len(found.items))
        clock.forward(days=7)
    assert weeks == [1, 1, 1, 0, 1]


@pytest.mark.databases("sqlite")
def test_another_city_reads_the_same_times(node: Node, make_activity: Callable[..., Any]) -> None:
    made = make_activity(
        starts_at=TUESDAY, rule="FREQ=MONTHLY;BYDAY=-1TU;COUNT=4", exceptions=("2026-12-29",)
    )
    with node.reading():
        body = service.record_of(node, service.get_activity(node, made.id))
    read = records.content_of(body)
    assert (read.rule, read.exceptions) == (made.rule, ("2026-12-29",))
    far = datetime(2030, 1, 1, tzinfo=UTC)
    starts = [start.astimezone(VILNIUS) for start, _ in records.occurrences(body, TUESDAY, far)]
    assert [f"{start:%m-%d %H}" for start in starts] == ["01-26 18", "02-23 18"]


@pytest.mark.databases("sqlite")
def test_a_record_of_the_first_schema_is_still_read(node: Node) -> None:
    content = Content(title={"en": "Old"}, place_name="Hall", is_always_open=True)
    body = records.write(content, records.Organiser("o", {"en": "O"}), node_id=node.id)
    assert set(body) == {
        "@context",
        "@type",
        "name",
        "additionalType",
        "eventStatus",
        "eventAttendanceMode",
        "location",
        "organizer",
    }
    assert records.content_of(body) == content
