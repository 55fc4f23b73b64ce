"""Open Badges between sites: this node as Host of the Open Badges 3.0 API, and as its client.

Start reading at scopes.py (what may be allowed), then clients.py and grants.py (who was allowed
what: OAuth 2.0 without its protocol, which web/oauth_server.py leaves to Authlib), hosting.py (what
the API gives and takes), and sites.py and visits.py (badges brought from another site).
"""

from colnode import later

TYPE_CHECKING = False
if not TYPE_CHECKING:
    __getattr__ = later.submodules(__name__)
