"""Bodies of a batch and of a storefront's log."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from till.runtime.validation import LenientBody

MOST_REQUESTS = 20
Text = Annotated[str, StringConstraints(max_length=500)]
Payload = Annotated[str, StringConstraints(max_length=100_000)]


class SubRequest(LenientBody):
    """One request of a batch. `payload` is JSON as text: the body, or the query of a GET.

    What the client has no name for it sends without an endpoint.
    """

    method: Text
    endpoint: Text
    payload: Payload | None = None


class BatchBody(LenientBody):
    """Requests in the order in which they are made."""

    sub_requests: list[SubRequest] = Field(min_length=1, max_length=MOST_REQUESTS)


class LogBody(LenientBody):
    """What went wrong in a browser. `details` is JSON as text, or JSON; it may say anything, and is not kept."""

    message: str
    key: str | None = None
    details: Any = None
