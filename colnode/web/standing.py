"""A city that may only be read: whoever writes is told so, and admins see why on every page."""

from flask import current_app, request

from colnode.errors import ReadOnly, _
from colnode.federation import standing
from colnode.web.auth import current_node, current_person

__all__ = ["current_fault", "refuse_writes"]

_SAFE = {"GET", "HEAD", "OPTIONS"}
_SIGNING_IN = {"identity.sign_in", "identity.sign_out"}


def current_fault() -> ReadOnly | None:
    """Why nothing may be written here, for an admin's eyes; None when all is well."""
    return standing.fault(current_node())


def refuse_writes() -> None:
    """Raise ReadOnly for a request that would change something while the city may only be read.

    Signing in and out goes on, so that an admin gets to see the reason.
    """
    if request.method in _SAFE or request.endpoint in _SIGNING_IN:
        return
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or getattr(view, "reads_only", False):
        return
    fault = current_fault()
    person = current_person()
    if fault is not None and person is not None and person.is_admin:
        raise fault
    if fault is not None:
        raise ReadOnly(
            _("Nothing can be changed in this city for now; its office knows. Please come back.")
        )
