"""Organisations on the map: where each is, as a line of the list and as a stop."""

from dataclasses import dataclass
from typing import Any

from colnode.plugin import LangMap, catalogue, gettext, pick_language, url

__all__ = ["SIGN", "OrganisationView", "of_record", "properties"]

SIGN = "organisation"


@dataclass(frozen=True)
class OrganisationView:
    """One organisation; `origin_name` and `home_url` are None for this city's own."""

    reference: str
    name: LangMap
    summary: LangMap
    address: str
    page_url: str
    point: tuple[float, float] | None
    picture: str | None
    origin_name: LangMap | None
    home_url: str | None
    distance_km: float | None = None


def of_record(
    record: catalogue.RecordView, near: tuple[float, float] | None = None
) -> OrganisationView:
    """An organisation as the catalogue has it; how far it is from a point, if there is one."""
    point = None
    if record.latitude is not None and record.longitude is not None:
        point = (record.latitude, record.longitude)
    slug = str(record.body.get("alternateName", ""))
    own = record.is_own
    return OrganisationView(
        reference=f"organisation/{record.id}" if own else f"{record.origin}/{record.id}",
        name=record.title,
        summary=record.summary,
        address=str(record.body.get("location", {}).get("address", "")),
        page_url=url("organisations.show", slug=slug) if own and slug else record.home_url,
        point=point,
        picture=record.picture,
        origin_name=None if own else record.origin_name,
        home_url=None if own else record.home_url,
        distance_km=catalogue.distance_km(near, point) if near and point else None,
    )


def properties(record: catalogue.RecordView) -> dict[str, Any]:
    """What a stop of the map says of an organisation."""
    found = of_record(record)
    facts: dict[str, Any] = {
        "id": found.reference,
        "title": pick_language(found.name),
        "url": found.page_url,
        "category": SIGN,
        "kind": gettext("Organisation"),
        "line": "city",
        "place": found.address,
    }
    if found.origin_name is not None:
        facts["city"] = pick_language(found.origin_name)
    return facts
