"""What a request says of the picture that it wants: its media type by `Accept`, its look by the query."""

from __future__ import annotations

from collections.abc import Mapping

from till.domain.errors import Invalid
from till.domain.qr_code import QrLook

_PLAIN = QrLook()
_LONGEST_NUMBER = 4


def look_asked(query: Mapping[str, str]) -> QrLook:
    """Raises `Invalid`, naming the parameter."""
    return QrLook(
        _number(query, "scale", _PLAIN.scale),
        _number(query, "border", _PLAIN.border),
        query.get("dark", _PLAIN.dark),
        query.get("light", _PLAIN.light),
        query.get("error_correction", _PLAIN.error_correction),
    )


def best_of(accept: str, offered: tuple[str, ...]) -> str:
    """The media type among those offered that `Accept` likes best; the first of equals, and where it likes none."""
    return max(offered, key=lambda media_type: _liking(accept, media_type))


def _liking(accept: str, media_type: str) -> float:
    """The quality that the most exact range which fits gives it (RFC 9110, 12.5.1); 0 without any."""
    kind = media_type.partition("/")[0]
    ranges = [one.strip().lower() for one in accept.split(",")]
    for wanted in (media_type, f"{kind}/*", "*/*"):
        for one in ranges:
            name, *parameters = (part.strip() for part in one.split(";"))
            if name == wanted:
                return _quality(parameters)
    return 0.0


def _quality(parameters: list[str]) -> float:
    """1 unless `q` says otherwise; what is no number is 0."""
    given = next((one.partition("=")[2] for one in parameters if one.startswith("q=")), "1")
    try:
        return min(max(float(given), 0.0), 1.0)
    except ValueError:
        return 0.0


def _number(query: Mapping[str, str], name: str, otherwise: int) -> int:
    given = query.get(name, str(otherwise))
    if not (given.isascii() and given.isdigit() and len(given) <= _LONGEST_NUMBER):
        raise Invalid(f"The {name} is a whole number.", name)
    return int(given)
