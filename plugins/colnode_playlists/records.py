"""The record type `playlist`: a schema.org Course that is an ItemList of its stops.

Members are those of https://schema.org/Course, /ItemList and /ListItem. What schema.org has no
word for (how many of a branch are needed, what is optional, what comes first, the line's colour)
has terms of its own in the context. Texts in several languages are JSON-LD language maps.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from colnode.plugin import Indexed, LangMap, Picture, RecordType, _
from colnode_playlists.content import Branch, Content, Kind, Step
from colnode_playlists.states import Giving

__all__ = ["CONTEXT", "RECORD_TYPE", "Maker", "Source", "content_of", "maker_of", "sources_of"]

_OWN_TERMS = "https://colnode.example/ns/playlist#"
CONTEXT: list[Any] = [
    "https://schema.org",
    {
        "name": {"@id": "https://schema.org/name", "@container": "@language"},
        "description": {"@id": "https://schema.org/description", "@container": "@language"},
        "itemListElement": {
            "@id": "https://schema.org/itemListElement",
            "@container": "@list",
        },
        **{name: f"{_OWN_TERMS}{name}" for name in ("after", "isOptional", "line", "needed")},
    },
]
_ORDER = "https://schema.org/ItemListOrderAscending"
_ITEM_TYPES = {
    "activity": "Event",
    "achievement": "EducationalOccupationalCredential",
    "playlist": "Course",
    "organisation": "Organization",
}


@dataclass(frozen=True)
class Maker:
    """The organisation behind a playlist: its id in its own city and its name."""

    id: str
    name: LangMap


@dataclass(frozen=True)
class Source:
    """A playlist that another one was copied from. Names are kept as they were on that day."""

    reference: str
    name: LangMap
    url: str
    maker: LangMap
    city: LangMap

    def as_json(self) -> dict[str, Any]:
        """The source as it is stored."""
        return dict(vars(self))


def _closed(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def _list(items: Mapping[str, Any], most: int) -> dict[str, Any]:
    return {"type": "array", "items": dict(items), "maxItems": most}


def _text(longest: int, *, fewest: int = 0) -> dict[str, Any]:
    return {
        "type": "object",
        "propertyNames": {"pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "maxLength": 35},
        "additionalProperties": {"type": "string", "minLength": 1, "maxLength": longest},
        "minProperties": fewest,
        "maxProperties": 40,
    }


_NAME = _text(300, fewest=1)
_URL = {"type": "string", "maxLength": 2_000, "pattern": "^https?://"}
_REFERENCE = {
    "type": "string",
    "pattern": "^n_[a-z2-7]{52}/[a-z][a-z0-9_-]{0,60}/[A-Za-z0-9._~-]{1,100}$",
}
_ID = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,40}$"}
_MINUTES = {"type": "string", "pattern": "^PT[0-9]{1,6}M$"}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 1_000}
_BADGE = _closed(
    {"@type": {"const": "EducationalOccupationalCredential"}, "identifier": _REFERENCE},
    "@type",
    "identifier",
)


def _organisation(*required: str) -> dict[str, Any]:
    members = {
        "@type": {"const": "Organization"},
        "identifier": {"type": "string", "maxLength": 100},
        "name": _text(500),
    }
    return _closed(members, "@type", *required)


_STOP = {
    "@type": {"const": "ListItem"},
    "identifier": _ID,
    "position": _COUNT,
    "isOptional": {"type": "boolean"},
    "after": _list(_ID, 60),
    "item": _closed(
        {
            "@type": {"enum": [*_ITEM_TYPES.values(), "Thing", "WebPage", "Action"]},
            "identifier": _REFERENCE,
            "name": _NAME,
            "description": _text(2_000),
            "url": _URL,
            "timeRequired": _MINUTES,
        },
        "@type",
        "name",
    ),
}
_NEEDED = ("@type", "identifier", "position", "item")
_BRANCH = {
    "@type": {"const": "ListItem"},
    "identifier": _ID,
    "position": _COUNT,
    "item": _closed(
        {
            "@type": {"const": "ItemList"},
            "name": _text(300),
            "needed": {"type": "integer", "minimum": 1, "maximum": 60},
            "numberOfItems": _COUNT,
            "itemListElement": {**_list(_closed(_STOP, *_NEEDED), 60), "minItems": 1},
        },
        "@type",
        "needed",
        "itemListElement",
    ),
}
_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_closed(
        {
            "@context": {"const": CONTEXT},
            "@type": {"const": ["ItemList", "Course"]},
            "name": _NAME,
            "description": _text(10_000),
            "keywords": _list({"type": "string", "pattern": "^[^:]{1,50}$"}, 20),
            "inLanguage": _list({"type": "string", "maxLength": 35}, 20),
            "typicalAgeRange": {"type": "string", "pattern": "^[0-9]{0,3}-[0-9]{0,3}$"},
            "timeRequired": _MINUTES,
            "provider": _organisation("identifier", "name"),
            "educationalCredentialAwarded": _BADGE,
            "isBasedOn": _list(
                _closed(
                    {
                        "@type": {"const": "Course"},
                        "identifier": _REFERENCE,
                        "name": _NAME,
                        "url": _URL,
                        "provider": _organisation("name"),
                        "sourceOrganization": _organisation("name"),
                    },
                    "@type",
                    "identifier",
                    "name",
                ),
                5,
            ),
            "image": _closed(
                {
                    "@type": {"const": "ImageObject"},
                    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                    "contentSize": {"type": "string", "pattern": "^[0-9]{1,9}$"},
                },
                "@type",
                "sha256",
                "contentSize",
            ),
            "line": {"type": "integer", "minimum": 1, "maximum": 8},
            "itemListOrder": {"const": _ORDER},
            "numberOfItems": _COUNT,
            "itemListElement": {
                "type": "array",
                "minItems": 1,
                "maxItems": 60,
                "items": {"oneOf": [_closed(_STOP, *_NEEDED), _closed(_BRANCH, *_NEEDED)]},
            },
        },
        "@context",
        "@type",
        "name",
        "provider",
        "itemListElement",
    ),
}


def write(
    content: Content,
    maker: Maker,
    *,
    sources: Iterable[Source] = (),
    picture_size: int | None = None,
) -> dict[str, Any]:
    """The public record of a playlist, whose references carry node ids already."""
    body: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": ["ItemList", "Course"],
        "name": dict(content.title),
        "provider": {
            "@type": "Organization",
            "identifier": maker.id,
            "name": dict(maker.name),
        },
        "line": content.line,
        "itemListOrder": _ORDER,
        "numberOfItems": len(content.steps),
        "itemListElement": _elements(content),
    }
    more = {
        "description": dict(content.description),
        "keywords": list(content.tags),
        "inLanguage": list(content.languages),
        "typicalAgeRange": _age_range(content),
        "timeRequired": content.minutes and f"PT{content.minutes}M",
        "isBasedOn": [_based_on(source) for source in sources],
    }
    body |= {name: value for name, value in more.items() if value}
    if content.achievement and content.giving != Giving.NONE:
        body["educationalCredentialAwarded"] = {
            "@type": "EducationalOccupationalCredential",
            "identifier": content.achievement,
        }
    if content.picture and picture_size:
        body["image"] = {
            "@type": "ImageObject",
            "sha256": content.picture,
            "contentSize": str(picture_size),
        }
    return body


def _elements(content: Content) -> list[dict[str, Any]]:
    elements: list[dict[str, Any]] = []
    written: set[str] = set()
    for step in content.steps:
        branch = content.branch(step.branch)
        if branch is None:
            elements.append(_element(step, len(elements) + 1))
        elif branch.id not in written:
            written.add(branch.id)
            elements.append(_branch_element(content, branch, len(elements) + 1))
    return elements


def _branch_element(content: Content, branch: Branch, position: int) -> dict[str, Any]:
    steps = content.in_branch(branch.id)
    item: dict[str, Any] = {
        "@type": "ItemList",
        "needed": branch.needed,
        "numberOfItems": len(steps),
        "itemListElement": [_element(step, number) for number, step in enumerate(steps, 1)],
    }
    if branch.title:
        item["name"] = dict(branch.title)
    return {"@type": "ListItem", "identifier": branch.id, "position": position, "item": item}


def _element(step: Step, position: int) -> dict[str, Any]:
    kinds = {Kind.LINK: "WebPage", Kind.TASK: "Action"}
    kind = kinds.get(Kind(step.kind)) or _ITEM_TYPES.get(step.record_type, "Thing")
    item: dict[str, Any] = {"@type": kind, "name": dict(step.title)}
    more = {
        "identifier": step.reference,
        "description": dict(step.text),
        "url": step.url,
        "timeRequired": step.minutes and f"PT{step.minutes}M",
    }
    item |= {name: value for name, value in more.items() if value}
    element: dict[str, Any] = {
        "@type": "ListItem",
        "identifier": step.id,
        "position": position,
        "item": item,
    }
    if step.is_optional:
        element["isOptional"] = True
    if step.after:
        element["after"] = list(step.after)
    return element


def _based_on(source: Source) -> dict[str, Any]:
    written: dict[str, Any] = {
        "@type": "Course",
        "identifier": source.reference,
        "name": dict(source.name),
    }
    if source.url:
        written["url"] = source.url
    if source.maker:
        written["provider"] = {"@type": "Organization", "name": dict(source.maker)}
    if source.city:
        written["sourceOrganization"] = {"@type": "Organization", "name": dict(source.city)}
    return written


def _age_range(content: Content) -> str | None:
    if content.age_from is None and content.age_to is None:
        return None
    low = "" if content.age_from is None else content.age_from
    high = "" if content.age_to is None else content.age_to
    return f"{low}-{high}"


def content_of(body: Mapping[str, Any]) -> Content:
    """The playlist that a record of any city describes; the body has passed the schema."""
    steps: list[Step] = []
    branches: list[Branch] = []
    for element in body["itemListElement"]:
        item = element["item"]
        if "itemListElement" not in item:
            steps.append(_step_of(element))
            continue
        inner = item["itemListElement"]
        needed = min(item["needed"], len(inner))
        branches.append(Branch(element["identifier"], needed, dict(item.get("name", {}))))
        steps.extend(_step_of(each, branch=element["identifier"]) for each in inner)
    low, _dash, high = body.get("typicalAgeRange", "-").partition("-")
    badge = body.get("educationalCredentialAwarded", {}).get("identifier", "")
    return Content(
        title=dict(body["name"]),
        description=dict(body.get("description", {})),
        steps=tuple(steps),
        branches=tuple(branches),
        tags=tuple(body.get("keywords", ())),
        languages=tuple(body.get("inLanguage", ())),
        age_from=int(low) if low else None,
        age_to=int(high) if high else None,
        line=body.get("line", 1),
        picture=body.get("image", {}).get("sha256"),
        achievement=badge,
        giving=Giving.REVIEWED if badge else Giving.NONE,
    )


def _step_of(element: Mapping[str, Any], branch: str = "") -> Step:
    item = element["item"]
    reference = item.get("identifier", "")
    is_link = item["@type"] == "WebPage" and "url" in item
    return Step(
        id=element["identifier"],
        kind=Kind.RECORD if reference else Kind.LINK if is_link else Kind.TASK,
        title=dict(item["name"]),
        text=dict(item.get("description", {})),
        reference=reference,
        url=item.get("url", ""),
        is_optional=element.get("isOptional", False),
        minutes=int(item["timeRequired"][2:-1]) if "timeRequired" in item else None,
        after=tuple(element.get("after", ())),
        branch=branch,
    )


def maker_of(body: Mapping[str, Any]) -> Maker:
    """Who a record says is behind the playlist."""
    return Maker(body["provider"]["identifier"], dict(body["provider"]["name"]))


def sources_of(body: Mapping[str, Any]) -> tuple[Source, ...]:
    """What a record says that the playlist was copied from, the nearest first."""
    return tuple(
        Source(
            reference=item["identifier"],
            name=dict(item["name"]),
            url=item.get("url", ""),
            maker=dict(item.get("provider", {}).get("name", {})),
            city=dict(item.get("sourceOrganization", {}).get("name", {})),
        )
        for item in body.get("isBasedOn", ())
    )


def index(body: Mapping[str, Any]) -> Indexed:
    """What search needs. Tags with a colon are for questions: which stops, whose, which badge."""
    content = content_of(body)
    image = body.get("image")
    tags = [*content.tags, f"organiser:{maker_of(body).id}"]
    if content.achievement:
        tags.append(f"earns:{content.achievement}")
    stops = {step.reference for step in content.steps if step.reference}
    return Indexed(
        title=content.title,
        summary={
            language: text.split("\n\n")[0][:300] for language, text in content.description.items()
        },
        languages=content.languages,
        tags=[*tags, *sorted(f"stop:{reference}" for reference in stops)],
        pictures=[Picture(image["sha256"], int(image["contentSize"]))] if image else [],
    )


RECORD_TYPE = RecordType(
    name="playlist",
    label=_("Playlist"),
    label_many=_("Playlists"),
    icon="route",
    schema_url="https://colnode.example/schemas/playlist/1",
    schema=_SCHEMA,
    index=index,
    path=lambda record_id: f"/playlists/{record_id}",
)
