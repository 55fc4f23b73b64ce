"""The SVG side of baking: reading without entities or document types that do anything, and writing.

The picture's own text is kept byte for byte; only the credential's element is put in or taken out.
"""

import re
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from colnode.errors import Invalid, _

__all__ = ["bake", "looks_like_svg", "unbake"]

_NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
_NAMESPACE_2 = "http://openbadges.org"
_SVG = "http://www.w3.org/2000/svg"
_CREDENTIAL = f"{_NAMESPACE} credential"
_ASSERTION = f"{_NAMESPACE_2} assertion"
_MAX_DEPTH = 200
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\Z")
_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|!DOCTYPE|svg|[A-Za-z_][\w.-]*:svg)")


def looks_like_svg(file: bytes) -> bool:
    """Whether the file starts as an XML document with an svg element near its start."""
    return _START.match(file[:4096]) is not None and b"svg" in file[:65536].lower()


@dataclass
class _Found:
    """One credential element: where it lies in the bytes and what it holds."""

    name: str
    start: int
    end: int = 0
    verify: str | None = None
    text: list[str] = field(default_factory=list)

    def payload(self) -> bytes:
        body = "".join(self.text).strip()
        return (body or (self.verify or "").strip()).encode("utf-8")


class _Reader:
    """One pass over the SVG with expat, refusing entities and noting where elements lie."""

    def __init__(self, svg: bytes) -> None:
        self._svg = svg
        self._depth = 0
        self.found: list[_Found] = []
        self._open: _Found | None = None
        self.root_start = -1
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.EntityDeclHandler = self._refuse_entity
        parser.UnparsedEntityDeclHandler = self._refuse_entity
        parser.SkippedEntityHandler = self._refuse_entity
        parser.ExternalEntityRefHandler = self._refuse_entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def read(self) -> None:
        encoding = re.match(rb"""[^>]{0,80}encoding=["']([\w.-]+)""", self._svg)
        if encoding and encoding.group(1).lower() not in (b"utf-8", b"us-ascii", b"ascii"):
            raise Invalid(_("The picture must be UTF-8 text."))
        try:
            self._parser.Parse(self._svg, True)
        except expat.ExpatError as error:
            raise Invalid(
                _("The picture is not readable SVG (line {line})."), line=error.lineno
            ) from error

    def _refuse_entity(self, *_arguments: object) -> int:
        raise Invalid(_("The picture declares an entity, which is not accepted."))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise Invalid(_("The picture nests too deeply."))
        if self._depth == 1:
            if name not in (f"{_SVG} svg", "svg"):
                raise Invalid(_("The file is not an SVG picture."))
            self.root_start = self._parser.CurrentByteIndex
        if name in (_CREDENTIAL, _ASSERTION) and self._open is None:
            self._open = _Found(name, self._parser.CurrentByteIndex)
            self._open.verify = attributes.get("verify")
            self.found.append(self._open)
        elif self._open is not None:
            raise Invalid(_("The credential in the picture has elements inside."))

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._open is not None:
            self._open.end = self._end_of_element(self._open.start)
            self._open = None

    def _end_of_element(self, start: int) -> int:
        """The position after the element; an empty tag ends where it began."""
        end = _end_of_tag(self._svg, start)
        if self._svg[end - 2 : end] == b"/>":
            return end
        return self._svg.index(b">", self._parser.CurrentByteIndex) + 1

    def _text(self, text: str) -> None:
        if self._open is not None:
            self._open.text.append(text)


def unbake(svg: bytes) -> bytes | None:
    """The baked credential, Open Badges 3.0 before 2.0, or None. Raises Invalid."""
    reader = _Reader(svg)
    reader.read()
    for name in (_CREDENTIAL, _ASSERTION):
        found = [element for element in reader.found if element.name == name]
        if len(found) > 1:
            raise Invalid(_("The picture has more than one credential."))
        if found:
            return found[0].payload()
    return None


def bake(svg: bytes, payload: str) -> bytes:
    """The SVG with `payload` in its first element. Raises Invalid."""
    reader = _Reader(svg)
    reader.read()
    pieces, position = [], 0
    for element in reader.found:
        pieces.append(svg[position : element.start])
        position = element.end
    bare = b"".join([*pieces, svg[position:]])
    end = _end_of_tag(bare, reader.root_start)
    baked = _element(payload).encode("utf-8")
    if bare[end - 2 : end] == b"/>":
        name = re.split(rb"[\s/>]", bare[reader.root_start + 1 : end], maxsplit=1)[0]
        return bare[: end - 2] + b">" + baked + b"</" + name + b">" + bare[end:]
    return bare[:end] + baked + bare[end:]


def _end_of_tag(svg: bytes, start: int) -> int:
    """The position right after the tag that begins at `start`; > inside quotes does not end it."""
    return next(re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""").finditer(svg, start)).end()


def _element(payload: str) -> str:
    namespace = f'xmlns:openbadges="{_NAMESPACE}"'
    if _COMPACT.match(payload):
        return f"<openbadges:credential {namespace} verify={quoteattr(payload)}/>"
    text = payload.replace("]]>", "]]]]><![CDATA[>")
    return f"<openbadges:credential {namespace}><![CDATA[{text}]]></openbadges:credential>"
