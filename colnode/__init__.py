"""colnode: the software a city runs to be a City of Learning.

Rooms are imported when they are first used (later.py), so that `colnode --help` and the first page
start at once. Start reading in app.py.
"""

__version__ = "0.1.0"

from colnode import later

TYPE_CHECKING = False
if not TYPE_CHECKING:
    __getattr__ = later.submodules(__name__)
