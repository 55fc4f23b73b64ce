"""What an endorser writes: a text, the opportunity behind it, and until when it holds."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from colnode.plugin import Invalid, Node, _

__all__ = ["Content", "check_content", "check_line", "check_text", "signed_comment"]

_LONGEST = 2_000


@dataclass(frozen=True)
class Content:
    """`comment` is the endorser's text; `opportunity` what it counts towards, with a link.

    A receipt says that the badge was accepted for the opportunity.
    """

    comment: str
    opportunity: str = ""
    opportunity_url: str = ""
    valid_until: datetime | None = None
    is_receipt: bool = False


def check_content(node: Node, content: Content) -> Content:
    """The content, trimmed. Raises Invalid that names the fields."""
    wrong: dict[str, str] = {}
    comment = check_text(content.comment, "comment", wrong, longest=_LONGEST)
    opportunity = check_line(content.opportunity, "opportunity", wrong)
    url = content.opportunity_url.strip()
    if content.is_receipt and not opportunity:
        wrong["opportunity"] = _("Say what the badge was accepted for.")
    if not content.is_receipt and not comment:
        wrong["comment"] = _("Say in a sentence or two why you stand behind it.")
    if url and not _is_web_address(url):
        wrong["opportunity_url"] = _("Give a full address that starts with https://.")
    elif url and not opportunity:
        wrong["opportunity"] = _("Say what is behind the link.")
    if content.valid_until is not None and content.valid_until <= node.clock.now():
        wrong["valid_until"] = _("Choose a day in the future.")
    if wrong:
        raise Invalid(_("Something in the endorsement needs your attention."), fields=wrong)
    return Content(comment, opportunity, url, content.valid_until, content.is_receipt)


def check_text(text: str, field: str, wrong: dict[str, str], *, longest: int) -> str:
    """A text of several lines, trimmed; what is wrong goes into `wrong`."""
    plain = "\n".join(line.rstrip() for line in text.strip().splitlines())
    if len(plain) > longest:
        wrong[field] = _("This is too long.")
    elif any((ord(sign) < 32 and sign not in "\n\t") or 127 <= ord(sign) < 160 for sign in plain):
        wrong[field] = _("This has signs that cannot be read.")
    return plain


def check_line(text: str, field: str, wrong: dict[str, str], *, longest: int = 200) -> str:
    """One line of text; what is wrong goes into `wrong`."""
    return check_text(" ".join(text.split()), field, wrong, longest=longest)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_plain = len(url) <= 2_000 and not any(sign.isspace() or sign in '<>"\\()' for sign in url)
    return is_plain and parts.scheme in {"http", "https"} and bool(parts.hostname)


def signed_comment(node: Node, content: Content) -> str:
    """The Markdown that is signed: the text, and the opportunity with its link.

    In the city's main language, as the endorsement itself is one document.
    Source: Open Badges 3.0 section B.1.5 (endorsementComment is Markdown).
    """
    if not content.opportunity:
        return content.comment
    name = content.opportunity
    if content.opportunity_url:
        name = f"[{_plain(name)}]({content.opportunity_url})"
    template = _("Accepted for: {name}") if content.is_receipt else _("Counts towards: {name}")
    words = node.translate(template, node.config.main_language).format(name=name)
    return f"{content.comment}\n\n{words}".strip()


def _plain(text: str) -> str:
    return text.replace("\\", "").replace("[", "(").replace("]", ")")
