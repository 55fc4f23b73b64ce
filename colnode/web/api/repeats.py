"""The Idempotency-Key of issuing calls: the same call again is answered without doing it again."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, make_response, request

from colnode.badges import repeats
from colnode.web.auth import current_node, current_person_id

__all__ = ["HEADER", "PARAMETER", "once"]

HEADER = "Idempotency-Key"
PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": (
        "Any text of your own, new for each call. The same call with the same key within 24 hours "
        "is done once and gives the same answer; the key with another body is 422."
    ),
}


def once(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a view that issues be repeated safely. Without the header it is as it was."""

    @wraps(view)
    def called(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None:
            return view(*args, **kwargs)
        node, person_id = current_node(), current_person_id()
        before = repeats.begin(
            node,
            key,
            person_id=person_id,
            method=request.method,
            path=request.full_path,
            body=request.get_data(),
        )
        if before is not None:
            replayed = Response(before.body, before.status, content_type="application/json")
            replayed.headers["Idempotency-Replayed"] = "true"
            return replayed
        response = make_response(view(*args, **kwargs))
        answer = repeats.Answer(response.status_code, response.get_data(as_text=True))
        repeats.finish(node, key, person_id=person_id, answer=answer)
        return response

    return called
