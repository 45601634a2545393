"""Requests about webhook endpoints."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StrictBool, StringConstraints

from till.domain.event_types import EVENT_TYPES
from till.domain.webhook import Endpoint, covers
from till.runtime.validation import Body


def _known(wanted: str) -> str:
    # A prefix ends in a full stop, and so never cuts a word short.
    is_one = wanted == "*" or wanted.endswith(".*") or "*" not in wanted
    if not is_one or not any(covers(wanted, name) for name in EVENT_TYPES):
        raise ValueError("There is no event of this type. Types are names, prefixes as `order.*`, or `*`.")
    return wanted


Url = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
Description = Annotated[str, StringConstraints(max_length=255, strip_whitespace=True)]
Type = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known)]
Types = Annotated[tuple[Type, ...], Field(min_length=1, max_length=50)]


class NewEndpointBody(Body):
    """A new endpoint, told of everything unless said otherwise."""

    url: Url
    description: Description = ""
    types: Types = ("*",)
    enabled: StrictBool = True

    def endpoint(self, endpoint_id: str, now: int) -> Endpoint:
        """As the domain has it."""
        types = tuple(dict.fromkeys(self.types))
        return Endpoint(endpoint_id, self.url, types, now, now, self.description, self.enabled)


class EndpointBody(Body):
    """Members of an endpoint to set; the rest stay. `rotate_secret` gives it another secret, beside the old one for a
    day."""

    url: Url = ""
    description: Description = ""
    types: Types = ()
    enabled: StrictBool = True
    rotate_secret: StrictBool = False

    def changes(self) -> dict[str, Any]:
        """Only what was sent, of what is stored as it is sent."""
        return self.model_dump(exclude_unset=True, exclude={"rotate_secret"})
