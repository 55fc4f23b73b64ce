"""The counted clusters equal a recount, whatever was written, shown, hidden and over; and they are
what a map is answered from."""

import json
import random
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select

from colnode import catalogue
from colnode.catalogue import Bounds, Put, Query
from colnode.catalogue.clusters import SHOWN
from colnode.catalogue.models import Edition, Record, RecordCluster, RecordClusterChange
from colnode.catalogue.places import CELL_ZOOM
from colnode.node import Node
from tests.catalogue.conftest import index

WORLD = Bounds(-180, -90, 180, 90)
UNITS = 10_000_000


def put(chance: random.Random, number: int, now: datetime) -> Put:
    """A thing somewhere in one of two cities, over soon, later or never, of one of three kinds."""
    city = chance.choice([(54.7, 25.3), (48.1, 17.1)])
    body: dict[str, Any] = {"name": {"en": f"Thing {number}"}, "kind": chance.choice("ab ").strip()}
    if chance.random() < 0.9:
        body["place"] = [city[0] + chance.random() / 10, city[1] + chance.random() / 10]
    if chance.random() < 0.6:
        start = now + timedelta(hours=chance.randrange(-3, 40))
        body |= {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}
    return Put(
        "thing", f"t{number}", json.dumps(body), index(body), datetime(2026, 1, 1, tzinfo=UTC)
    )


def recount(node: Node) -> dict[tuple[Any, ...], list[int]]:
    """What the clusters have to be, from the records alone."""
    with node.reading():
        shown = {0, *node.db.scalars(select(Edition.no).where(Edition.is_shown.is_(True)))}
        records = node.db.scalars(select(Record).where(Record.cell.is_not(None))).all()
    sums: dict[tuple[Any, ...], list[int]] = {}
    for record in records:
        if record.over_at <= node.clock.now():
            continue
        assert record.latitude is not None
        assert record.longitude is not None
        assert record.cell is not None
        values = (1, round(record.latitude * UNITS), round(record.longitude * UNITS), record.no)
        for zoom in range(2, 15):
            place = tile_at(record.cell, zoom)
            for scope in {record.edition_no, SHOWN if record.edition_no in shown else -9} - {-9}:
                for part in {"", record.category}:
                    key = (scope, record.type, part, zoom, *place)
                    sums[key] = [a + b for a, b in zip(sums.get(key, [0] * 4), values, strict=True)]
    return sums


def tile_at(cell: int, zoom: int) -> tuple[int, int]:
    """Column and row of the tile, bit by bit."""
    tile = cell >> 2 * (CELL_ZOOM - zoom)
    bits = range(zoom)
    return (
        sum((tile >> 2 * bit & 1) << bit for bit in bits),
        sum((tile >> 2 * bit + 1 & 1) << bit for bit in bits),
    )


def stored(node: Node) -> dict[tuple[Any, ...], list[int]]:
    """What the clusters are."""
    row = RecordCluster
    with node.reading():
        assert not node.db.scalars(select(RecordClusterChange.no)).all()
        rows = node.db.scalars(select(row)).all()
    return {
        (item.edition_no, item.type, item.category, item.zoom, item.x, item.y): [
            item.count,
            item.latitude_sum,
            item.longitude_sum,
            item.number_sum,
        ]
        for item in rows
    }


def step(city: Node, chance: random.Random, editions: list[int], clock: Any) -> None:
    """One thing that happens to a catalogue."""
    now = clock.now()
    some = [put(chance, chance.randrange(60), now) for _n in range(chance.randrange(1, 20))]
    puts = list({item.id: item for item in some}.values())
    what = chance.randrange(7)
    with city.unit():
        if what < 3:
            catalogue.replace(city, chance.choice([0, *editions]), puts)
        elif what == 3:
            gone = [("thing", item.id) for item in puts]
            catalogue.replace(city, chance.choice([0, *editions]), [], gone)
        elif what == 4:
            catalogue.show_edition(city, "n_far", chance.choice(editions))
        elif what == 5:
            catalogue.hide(city, "n_far")
    if what == 6:
        clock.forward(hours=chance.randrange(1, 8))
        catalogue.renew_clusters(city)


@pytest.mark.parametrize("seed", range(3))
def test_clusters_equal_a_recount_after_anything_that_happens(
    city: Node, clock: Any, seed: int
) -> None:
    chance = random.Random(seed)
    with city.unit():
        editions = [
            catalogue.open_edition(city, "n_far", name={"en": "Far"}, url="https://far.example")
            for _number in range(2)
        ]
    for _step in range(40):
        step(city, chance, editions, clock)
        asked = Query(ends_after=clock.now(), bounds=WORLD)
        with city.reading():
            counted = catalogue.cluster(city, asked, zoom=7)
            found = catalogue.search(city, Query(ends_after=clock.now(), limit=500)).items
        assert sum(dot.count for dot in counted) == sum(item.latitude is not None for item in found)
    catalogue.renew_clusters(city)
    assert stored(city) == recount(city)
    with city.unit():
        catalogue.hide(city, "n_far")
        while not catalogue.drop_edition(city, editions[0]):
            pass
        catalogue.count_anew(city)
    catalogue.renew_clusters(city)
    assert stored(city) == recount(city)


def test_what_is_rolled_back_is_not_counted(city: Node) -> None:
    def write_and_fail() -> None:
        with city.unit():
            catalogue.publish(city, "thing", "a", {"name": {"en": "A"}, "place": [54.7, 25.3]})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    catalogue.renew_clusters(city)
    assert stored(city) == {}


def test_nobody_loses_a_count_when_many_write_and_add_up_at_once(city: Node) -> None:
    faults: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for number in range(15):
                with city.unit():
                    place = [54.7 + number / 1000, 25.3]
                    body = {"name": {"en": name}, "place": place}
                    catalogue.publish(city, "thing", f"same{number % 5}", body)
                    catalogue.publish(city, "thing", f"{name}{number}", body)
                catalogue.renew_clusters(city)
        except BaseException as error:
            faults.append(error)

    threads = [Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    catalogue.renew_clusters(city)
    assert stored(city) == recount(city)
    with city.reading():
        (dot,) = catalogue.cluster(city, Query(ends_after=city.clock.now()), zoom=2)
    assert dot.count == 50


def test_a_kind_and_a_city_are_counted_by_themselves_in_whole_squares(city: Node) -> None:
    with city.unit():
        no = catalogue.open_edition(city, "n_far", name={"en": "Far"}, url="https://far.example")
        catalogue.show_edition(city, "n_far", no)
        for edition_no, count in ((0, 2), (no, 3)):
            chance = random.Random(edition_no)
            puts = [put(chance, number, city.clock.now()) for number in range(400)]
            usable = [
                item
                for item in puts
                if item.indexed.category == "a"
                and item.indexed.latitude
                and item.indexed.latitude > 50
                and item.indexed.ends_at is None
            ]
            catalogue.replace(city, edition_no, usable[:count])
    box = Bounds(20, 50, 30, 60)
    now = city.clock.now()

    def total(**more: Any) -> int:
        with city.reading():
            asked = Query(types=("thing",), ends_after=now, bounds=box, **more)
            return sum(dot.count for dot in catalogue.cluster(city, asked, zoom=5))

    for renewed in (False, True):
        if renewed:
            catalogue.renew_clusters(city)
        assert total() == 5
        assert total(categories=("a",)) == 5
        assert total(categories=("b",)) == 0
        assert total(origin=catalogue.OWN) == 2
        assert total(origin="n_far") == 3
