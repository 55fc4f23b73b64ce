"""The signed log of this city's records, and the proven reading of others' logs."""

from colnode import later

TYPE_CHECKING = False
if not TYPE_CHECKING:
    __getattr__ = later.submodules(__name__)
