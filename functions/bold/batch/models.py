"""Bodies of a batch and of a storefront's log."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from till.domain.errors import Invalid
from till.runtime.validation import LenientBody

MOST_REQUESTS = 20
# A tax provider or a name server that is slow is waited for, and the batch must end before the gateway gives it up.
MOST_WAITING = 3
WAITING = ("/taxes", "/validate_email_address")
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

    def in_time(self) -> list[SubRequest]:
        """The requests. Raises `Invalid` for more than can be waited for."""
        if sum(sub.endpoint.startswith(WAITING) for sub in self.sub_requests) > MOST_WAITING:
            raise Invalid(f"A batch asks for taxes and mail domains at most {MOST_WAITING} times.", "sub_requests")
        return self.sub_requests


class LogBody(LenientBody):
    """What went wrong in a browser. `details` is JSON as text, or JSON; it may say anything, and is not kept."""

    message: str
    key: str | None = None
    details: Any = None
