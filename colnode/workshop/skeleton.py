"""`colnode plugin new`: a whole distribution to begin with, from the templates in skeleton/.

Each template is a file of the distribution with four words to fill in, in its text and its path.
"""

import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from colnode.errors import Conflict, Invalid, _

__all__ = ["write_plugin"]

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 40


def write_plugin(name: str, folder: Path) -> Path:
    """Write the distribution colnode-NAME below a folder; returns its folder.

    NAME is the entry point's name: small letters, digits and hyphens. Raises Invalid, and Conflict
    when the folder is there already.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise Invalid(
            _(
                "{name} cannot be a plugin's name: use small letters, digits and hyphens, "
                "as in trail-demo."
            ),
            name=name,
        )
    target = folder / f"colnode-{name}"
    if target.exists():
        raise Conflict(_("{folder} is there already."), folder=target)
    words = _words(name)
    root = Path(str(resources.files("colnode.workshop"))) / "skeleton"
    for source in sorted(root.rglob("*.tmpl")):
        path = _fill(str(source.relative_to(root)), words).removesuffix(".tmpl")
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_fill(source.read_text(encoding="utf-8"), words), encoding="utf-8")
    return target


def _words(name: str) -> Mapping[str, str]:
    prefix = name.replace("-", "_")
    return {
        "@NAME@": name,
        "@PREFIX@": prefix,
        "@PACKAGE@": f"colnode_{prefix}",
        "@TITLE@": name.replace("-", " ").capitalize(),
    }


def _fill(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text
