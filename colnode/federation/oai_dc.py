"""A record as unqualified Dublin Core (oai_dc, OAI-PMH 2.0 section 5), as XML elements."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from colnode.clock import format_rfc3339

if TYPE_CHECKING:
    from colnode.catalogue import RecordView

__all__ = ["NAMESPACE", "PREFIX", "SCHEMA", "describe", "xml_text"]

PREFIX = "oai_dc"
NAMESPACE = "http://www.openarchives.org/OAI/2.0/oai_dc/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """Text with what XML 1.0 section 2.2 has no place for replaced by U+FFFD."""
    return _NOT_XML.sub("\ufffd", text)


def describe(
    view: "RecordView", *, publisher: Mapping[str, str], licence: str
) -> "ET.Element[str]":
    """The oai_dc:dc element of an own record. `publisher` is a language map, `licence` of SPDX.

    Titles and descriptions carry xml:lang. The date is when it takes place, or when it changed.
    """
    root = ET.Element(
        "oai_dc:dc",
        {
            "xmlns:oai_dc": NAMESPACE,
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
            "xsi:schemaLocation": f"{NAMESPACE} {SCHEMA}",
        },
    )
    _add_texts(root, "title", view.title)
    for subject in [view.category, *(tag for tag in view.tags if ":" not in tag)]:
        _add(root, "subject", subject)
    _add_texts(root, "description", view.summary)
    _add_texts(root, "publisher", publisher)
    _add(root, "date", format_rfc3339(view.starts_at or view.updated_at))
    _add(root, "type", view.type)
    _add(root, "identifier", view.home_url)
    for language in sorted(view.languages or view.title):
        _add(root, "language", language)
    _add(root, "rights", f"https://spdx.org/licenses/{licence}")
    return root


def _add_texts(root: "ET.Element[str]", name: str, texts: Mapping[str, str]) -> None:
    for language, text in sorted(texts.items()):
        _add(root, name, text, {"xml:lang": language})


def _add(
    root: "ET.Element[str]", name: str, text: str, attributes: Mapping[str, str] | None = None
) -> None:
    if text.strip():
        ET.SubElement(root, f"dc:{name}", dict(attributes or {})).text = xml_text(text)
