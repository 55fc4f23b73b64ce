"""OAI-PMH 2.0 (openarchives.org/OAI/2.0/openarchivesprotocol.htm) over this city's own records.

Arguments in, XML out; what arguments may be is in oai_arguments.py, Dublin Core in oai_dc.py.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from colnode import catalogue
from colnode.clock import format_rfc3339
from colnode.federation import harvest, oai_dc
from colnode.federation.harvest import HarvestEntry
from colnode.federation.oai_arguments import (
    OaiError,
    SetToken,
    Token,
    read_arguments,
    read_selection,
    set_names,
)

if TYPE_CHECKING:
    from colnode.catalogue import RecordView
    from colnode.node import Node

__all__ = ["PAGE_RECORDS", "answer"]

PAGE_RECORDS = 100
_MOST_COUNTED = 100_000
_NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
_WITHOUT_ATTRIBUTES = {"badVerb", "badArgument"}


def answer(node: "Node", given: Mapping[str, Sequence[str]], *, base_url: str) -> bytes:
    """The answer to a request as UTF-8 XML, errors of the protocol included.

    `given` has every value of each argument; `base_url` is the address that was asked.
    """
    root = ET.Element(
        "OAI-PMH",
        {
            "xmlns": _NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{_NAMESPACE} {_NAMESPACE}OAI-PMH.xsd",
        },
    )
    _add(root, "responseDate", format_rfc3339(node.clock.now()))
    request = _add(root, "request", base_url)
    arguments: dict[str, str] = {}
    try:
        arguments = read_arguments(given)
        root.append(_VERBS[arguments["verb"]](node, arguments, base_url))
    except OaiError as error:
        if error.oai_code in _WITHOUT_ATTRIBUTES:
            arguments = {}
        _add(root, "error", str(error)).set("code", error.oai_code)
    for name, value in arguments.items():
        request.set(name, oai_dc.xml_text(value))
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _add(parent: "ET.Element[str]", name: str, text: str | None = None) -> "ET.Element[str]":
    element = ET.SubElement(parent, name)
    if text is not None:
        element.text = oai_dc.xml_text(text)
    return element


def _identify(node: "Node", _arguments: Mapping[str, str], base_url: str) -> "ET.Element[str]":
    root = ET.Element("Identify")
    city = node.config.city
    host = urlsplit(node.config.server.base_url).hostname
    _add(root, "repositoryName", city.name)
    _add(root, "baseURL", base_url)
    _add(root, "protocolVersion", "2.0")
    _add(root, "adminEmail", city.contact if "@" in city.contact else f"postmaster@{host}")
    _add(root, "earliestDatestamp", format_rfc3339(harvest.earliest(node)))
    _add(root, "deletedRecord", "persistent")
    _add(root, "granularity", "YYYY-MM-DDThh:mm:ssZ")
    return root


def _list_formats(node: "Node", arguments: Mapping[str, str], _base_url: str) -> "ET.Element[str]":
    if "identifier" in arguments:
        _find(node, arguments["identifier"])
    root = ET.Element("ListMetadataFormats")
    item = _add(root, "metadataFormat")
    _add(item, "metadataPrefix", oai_dc.PREFIX)
    _add(item, "schema", oai_dc.SCHEMA)
    _add(item, "metadataNamespace", oai_dc.NAMESPACE)
    return root


def _list_sets(node: "Node", arguments: Mapping[str, str], _base_url: str) -> "ET.Element[str]":
    """Types come first, on the first page; then organisations, page by page."""
    root = ET.Element("ListSets")
    text = arguments.get("resumptionToken")
    token = SetToken(0, 0) if text is None else SetToken.read(text)
    if text is None:
        for name in harvest.types(node):
            kind = node.host.record_types.get(name)
            _add_set(root, f"type-{name}", kind.label_many if kind else name)
    rows = harvest.organisation_ids(node, after=token.after, limit=PAGE_RECORDS + 1)
    views = catalogue.get_own(node, [("organisation", found) for _seq, found in rows])
    main = node.config.main_language
    for _seq, found in rows[:PAGE_RECORDS]:
        view = views.get(("organisation", found))
        title = catalogue.choose(view.title, (main,)) if view else found
        _add_set(root, f"organisation-{found}", title)
    if not len(root):
        raise OaiError("badResumptionToken", "The sets behind this token are gone: start again.")
    done = token.done + len(root)
    if len(rows) > PAGE_RECORDS:
        _add_token(root, SetToken(rows[PAGE_RECORDS - 1][0], done).to_text(), token.done, None)
    elif text is not None:
        _add_token(root, "", token.done, None)
    return root


def _add_set(root: "ET.Element[str]", spec: str, name: str) -> None:
    item = _add(root, "set")
    _add(item, "setSpec", spec)
    _add(item, "setName", name)


def _add_token(root: "ET.Element[str]", text: str, cursor: int, size: int | None) -> None:
    element = _add(root, "resumptionToken", text)
    if size is not None:
        element.set("completeListSize", str(size))
    element.set("cursor", str(cursor))


def _list_identifiers(
    node: "Node", arguments: Mapping[str, str], _base_url: str
) -> "ET.Element[str]":
    return _list(node, arguments, lambda root, entry, views: _add_header(node, root, entry, views))


def _list_records(node: "Node", arguments: Mapping[str, str], _base_url: str) -> "ET.Element[str]":
    return _list(node, arguments, lambda root, entry, views: _add_record(node, root, entry, views))


def _list(
    node: "Node",
    arguments: Mapping[str, str],
    add: "Callable[[ET.Element[str], HarvestEntry, Mapping[tuple[str, str], RecordView]], None]",
) -> "ET.Element[str]":
    root = ET.Element(arguments["verb"])
    text = arguments.get("resumptionToken")
    token = _first_token(node, arguments) if text is None else Token.read(text)
    rows = harvest.page(node, token.selection, after=token.after, limit=PAGE_RECORDS + 1)
    page = rows[:PAGE_RECORDS]
    if not page and text is None:
        raise OaiError("noRecordsMatch", "Nothing here fits from, until and set.")
    if not page:
        raise OaiError("badResumptionToken", "What was left has changed since: start again.")
    views = _views(node, page)
    for entry in page:
        add(root, entry, views)
    if len(rows) > PAGE_RECORDS:
        following = token._replace(after=page[-1].seq, done=token.done + len(page))
        _add_token(root, following.to_text(), token.done, token.size)
    elif text is not None:
        _add_token(root, "", token.done, token.size)
    return root


def _first_token(node: "Node", arguments: Mapping[str, str]) -> Token:
    _check_format(arguments)
    selection = read_selection(arguments)
    return Token(0, 0, harvest.count(node, selection, most=_MOST_COUNTED), selection)


def _check_format(arguments: Mapping[str, str]) -> None:
    if arguments["metadataPrefix"] != oai_dc.PREFIX:
        raise OaiError("cannotDisseminateFormat", "Records are given as oai_dc only.")


def _get_record(node: "Node", arguments: Mapping[str, str], _base_url: str) -> "ET.Element[str]":
    entry = _find(node, arguments["identifier"])
    _check_format(arguments)
    root = ET.Element("GetRecord")
    _add_record(node, root, entry, _views(node, [entry]))
    return root


def _find(node: "Node", identifier: str) -> HarvestEntry:
    start = _identifier(node, "")
    entry = None
    if identifier.startswith(start):
        entry = harvest.find(node, identifier.removeprefix(start))
    if entry is None:
        raise OaiError("idDoesNotExist", "This city never published a record of this identifier.")
    return entry


def _identifier(node: "Node", record_id: str) -> str:
    """By the node's id, which outlives its domain."""
    return f"oai:{node.id}:{record_id}"


def _views(node: "Node", entries: Iterable[HarvestEntry]) -> "Mapping[tuple[str, str], RecordView]":
    """The records of entries as they stand, and their organisations."""
    keys = set()
    for entry in entries:
        if not entry.is_deleted:
            keys.add(_key(entry))
            if entry.organisation_id is not None:
                keys.add(("organisation", entry.organisation_id))
    return catalogue.get_own(node, sorted(keys))


def _key(entry: HarvestEntry) -> tuple[str, str]:
    return entry.type, entry.record_id.partition("/")[2]


def _add_header(
    node: "Node",
    root: "ET.Element[str]",
    entry: HarvestEntry,
    views: "Mapping[tuple[str, str], RecordView]",
) -> None:
    """The header; a record that was just withdrawn, ahead of the log, counts as deleted too."""
    header = _add(root, "header")
    if entry.is_deleted or _key(entry) not in views:
        header.set("status", "deleted")
    _add(header, "identifier", _identifier(node, entry.record_id))
    _add(header, "datestamp", format_rfc3339(entry.changed_at))
    for name in set_names(entry.type, entry.organisation_id):
        _add(header, "setSpec", name)


def _add_record(
    node: "Node",
    root: "ET.Element[str]",
    entry: HarvestEntry,
    views: "Mapping[tuple[str, str], RecordView]",
) -> None:
    record = _add(root, "record")
    _add_header(node, record, entry, views)
    view = None if entry.is_deleted else views.get(_key(entry))
    if view is None:
        return
    organisation = views.get(("organisation", entry.organisation_id or ""))
    publisher = organisation.title if organisation else view.origin_name
    licence = node.config.federation.licence
    _add(record, "metadata").append(oai_dc.describe(view, publisher=publisher, licence=licence))


_VERBS: "Mapping[str, Callable[[Node, Mapping[str, str], str], ET.Element[str]]]" = {
    "Identify": _identify,
    "ListMetadataFormats": _list_formats,
    "ListSets": _list_sets,
    "ListIdentifiers": _list_identifiers,
    "ListRecords": _list_records,
    "GetRecord": _get_record,
}
