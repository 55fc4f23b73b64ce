"""The pages, one module a room."""

from colnode import later

TYPE_CHECKING = False
if not TYPE_CHECKING:
    __getattr__ = later.submodules(__name__)
