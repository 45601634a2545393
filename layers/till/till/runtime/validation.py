"""Request models: one problem for each field that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from till.domain.errors import Invalid, Problem

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

_MOST_PROBLEMS = 20
# Sentences for a person where the library's own speak of classes.
_MESSAGES = {
    "model_type": "This must be a JSON object.",
    "missing": "This field is required.",
    "extra_forbidden": "This field is not one of this request's.",
}


# Not unions: their problems would be named after the alternatives, and not after the field.
# An id, which clients send as text or as a whole number.
TextOrNumber = Annotated[
    str,
    BeforeValidator(
        lambda value: str(value) if isinstance(value, int) and not isinstance(value, bool) else value,
        json_schema_input_type=str | int,
    ),
]

# Yes or no, which clients also send as 1 and 0, or as text.
YesOrNo = Annotated[bool, WithJsonSchema({"type": ["boolean", "integer", "string"]})]

# An empty map or object, as some clients write it. A validator has to make of it what is meant.
Nothing = Annotated[list[Any], Field(max_length=0)]


def email(text: str, field: str) -> str:
    """The e-mail address in its normal form. Raises `Invalid`, naming the field."""
    return _address(text, field).normalized


def ascii_email(text: str, field: str) -> str:
    """The same in ASCII, as those take it who know no other: `me@xn--bcher-kva.example`. Raises `Invalid`."""
    address = _address(text, field).ascii_email
    if address is None:
        raise Invalid("Before the @ there may be ASCII characters only.", field, "format")
    return address


def _address(text: str, field: str) -> ValidatedEmail:
    # Loaded here: only the routes that take an address pay for the library.
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        raise Invalid("Does not match format 'email'", field, "format") from None


class Body(BaseModel):
    """The base of request models. Built when first used: a cold start pays only for the route it serves."""

    model_config = ConfigDict(extra="forbid", defer_build=True, str_max_length=10_000)


class LenientBody(BaseModel):
    """A request model of a dialect whose clients send members that mean nothing to us."""

    model_config = ConfigDict(extra="ignore", defer_build=True, str_max_length=10_000)


def parse[M: BaseModel](model: type[M], body: object) -> M:
    """The body as its model. Raises `Invalid` with one problem per field."""
    try:
        return model.model_validate({} if body is None else body)
    except ValidationError as error:
        problems = [
            Problem(
                detail["type"],
                _MESSAGES.get(detail["type"], detail["msg"]),
                ".".join(str(part) for part in detail["loc"]) or "body",
            )
            for detail in error.errors(include_url=False, include_input=False)[:_MOST_PROBLEMS]
        ]
        raise Invalid.of(problems) from None
