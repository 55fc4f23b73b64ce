"""People, organisations, memberships, sessions, keys and permissions."""

from colnode import later

TYPE_CHECKING = False
if not TYPE_CHECKING:
    __getattr__ = later.submodules(__name__)
