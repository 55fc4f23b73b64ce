"""What a page is about, as schema.org JSON-LD in it, for search engines."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import url_for
from markupsafe import Markup

from colnode.web.auth import current_node
from colnode.web.rendering import pick_language

if TYPE_CHECKING:
    from colnode.badges.models import Achievement
    from colnode.identity.models import Organisation

__all__ = ["badge", "city", "organisation", "script"]

_CONTEXT = "https://schema.org"


def script(document: Mapping[str, Any]) -> Markup:
    """A script element with data: never run, so the content policy lets it be.

    No text in it can close the element that it stands in.
    """
    members = {"@context": _CONTEXT} | {name: value for name, value in document.items() if value}
    text = json.dumps(members, ensure_ascii=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(f'<script type="application/ld+json">{text}</script>')  # noqa: S704 - escaped above


def city() -> Markup:
    """This site and who runs it."""
    node = current_node()
    base_url = node.config.server.base_url
    search = f"{base_url}{url_for('site.search')}?q={{search_term_string}}"
    return script(
        {
            "@type": "WebSite",
            "@id": f"{base_url}/",
            "url": f"{base_url}/",
            "name": node.config.city.name,
            "inLanguage": list(node.config.city.languages),
            "potentialAction": {
                "@type": "SearchAction",
                "target": {"@type": "EntryPoint", "urlTemplate": search},
                "query-input": "required name=search_term_string",
            },
        }
    )


def organisation(subject: "Organisation") -> Markup:
    """An organisation, with its place."""
    place = None
    if subject.latitude is not None and subject.longitude is not None:
        place = {
            "@type": "Place",
            "geo": {
                "@type": "GeoCoordinates",
                "latitude": subject.latitude,
                "longitude": subject.longitude,
            },
        }
    logo = None
    if subject.picture:
        logo = _address(url_for("site.picture", digest=subject.picture))
    return script(
        _organisation(subject)
        | {
            "description": pick_language(subject.description),
            "sameAs": subject.url,
            "address": subject.address,
            "location": place,
            "logo": logo,
        }
    )


def badge(subject: "Achievement", by: "Organisation", *, image: str) -> Markup:
    """What can be earned, and who gives it (schema.org EducationalOccupationalCredential)."""
    page_url = _address(url_for("badges.show", achievement_id=subject.id))
    return script(
        {
            "@type": "EducationalOccupationalCredential",
            "@id": page_url,
            "url": page_url,
            "name": pick_language(subject.name),
            "description": pick_language(subject.description),
            "credentialCategory": "badge",
            "image": image,
            "inLanguage": sorted(subject.name),
            "keywords": list(subject.tags),
            "publisher": _organisation(by),
        }
    )


def _organisation(subject: "Organisation") -> dict[str, Any]:
    page_url = _address(url_for("organisations.show", slug=subject.slug))
    return {
        "@type": "Organization",
        "@id": page_url,
        "url": page_url,
        "name": pick_language(subject.name),
    }


def _address(path: str) -> str:
    return current_node().config.server.base_url + path
