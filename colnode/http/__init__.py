"""The only way out to other machines: where a request may go and how much may come back.

Built on urllib3's connection and requests' preparation of a request, without requests' Session:
that is where cookies, .netrc, proxies and redirects live. One call opens one connection, to an
address that was resolved once and checked, and closes it. Both libraries are imported by the first
request, not by the start of a city.
"""

from colnode.http.addresses import is_public
from colnode.http.answers import Response, Stream
from colnode.http.client import GuardedClient, HttpResolver, system_resolve

__all__ = ["GuardedClient", "HttpResolver", "Response", "Stream", "is_public", "system_resolve"]
