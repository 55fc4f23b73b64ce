"""What an activity's page is about, for search engines: a schema.org Event, or a Course.

Plain schema.org in the page's language; the record for other cities has every language and a
context of its own (records). Source: schema.org, Event, Course, CourseInstance, Schedule.
"""

from collections.abc import Mapping
from typing import Any

from colnode.plugin import LangMap, Node, pick_language, url
from colnode_map import views

__all__ = ["describe"]

_COURSE = "course"
_ONLY_COURSE = ("about", "keywords", "image", "typicalAgeRange")
_ONLY_INSTANCE = (
    "eventStatus",
    "eventAttendanceMode",
    "location",
    "startDate",
    "endDate",
    "maximumAttendeeCapacity",
    "potentialAction",
    "subjectOf",
)
_MODES = {
    "https://schema.org/OfflineEventAttendanceMode": "onsite",
    "https://schema.org/OnlineEventAttendanceMode": "online",
}


def describe(
    node: Node, view: views.ActivityView, body: Mapping[str, Any], *, page_url: str
) -> dict[str, Any]:
    """The members for the page of an activity, from its public record `body`.

    The organiser of an own activity is named by its address here, that of another city's by name.
    """
    document = {name: value for name, value in body.items() if name not in {"@context", "image"}}
    document |= {
        "@id": page_url,
        "url": page_url,
        "name": pick_language(view.content.title),
        "description": pick_language(view.content.description),
        "organizer": _organiser(view.organiser.name, body),
        "subjectOf": _steps(body),
    }
    if view.is_cancelled:
        document["eventStatus"] = "https://schema.org/EventCancelled"
    if view.picture:
        document["image"] = url("site.picture", digest=view.picture, _external=True)
    if view.starts_at is not None and "eventSchedule" in document:
        document["startDate"] = view.starts_at.isoformat(timespec="seconds")
        document["endDate"] = view.ends_at and view.ends_at.isoformat(timespec="seconds")
    if body.get("additionalType") == _COURSE:
        document = _course(document)
    return {name: value for name, value in document.items() if value}


def _organiser(name: LangMap, body: Mapping[str, Any]) -> dict[str, Any]:
    return {**body["organizer"], "name": pick_language(name)}


def _steps(body: Mapping[str, Any]) -> dict[str, Any] | None:
    if "subjectOf" not in body:
        return None
    steps = [{**step, "name": pick_language(step["name"])} for step in body["subjectOf"]["step"]]
    return {**body["subjectOf"], "step": steps}


def _course(event: Mapping[str, Any]) -> dict[str, Any]:
    """A Course with the one CourseInstance, which is an Event, that it is offered as."""
    shared = ("@id", "url", "name", "description", "inLanguage", "isAccessibleForFree", "offers")
    course = {name: event[name] for name in (*shared, *_ONLY_COURSE) if name in event}
    instance = {name: event[name] for name in _ONLY_INSTANCE if event.get(name)}
    instance |= {
        "@type": "CourseInstance",
        "courseMode": _MODES[event["eventAttendanceMode"]],
        "courseWorkload": event.get("duration"),
        "courseSchedule": event.get("eventSchedule"),
    }
    found = {name: value for name, value in instance.items() if value}
    return {"@type": "Course", **course, "provider": event["organizer"], "hasCourseInstance": found}
