"""Pages and JSON API: parse, authorise, call one verb, render. No rules live here."""

from colnode import later

TYPE_CHECKING = False
if not TYPE_CHECKING:
    __getattr__ = later.submodules(__name__)
