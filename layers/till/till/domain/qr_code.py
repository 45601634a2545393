"""How a QR code looks, within what phones can read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from till.domain.errors import Invalid, Problem

SCALES = range(1, 41)
# The standard wants four modules around a code; with less than two, nothing tells it from what stands beside it.
BORDERS = range(2, 17)
ERROR_CORRECTIONS = ("low", "medium", "quartile", "high")
# Between luminances, as WCAG measures it. Below it print and cameras make one grey of both.
LEAST_CONTRAST = 3
_COLOUR = re.compile(r"#?([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})")


@dataclass(frozen=True, slots=True)
class QrLook:
    """`scale` in pixels of a module, `border` in modules, colours as `1a2b3c`, `#1a2b3c` or `#abc`.

    Raises `Invalid`, naming the field, for a look that cannot be, or that no phone could read.
    """

    scale: int = 8
    border: int = 4
    dark: str = "000000"
    light: str = "ffffff"
    error_correction: str = "medium"

    def __post_init__(self) -> None:
        for name, allowed in (("scale", SCALES), ("border", BORDERS)):
            if getattr(self, name) not in allowed:
                raise Invalid(f"The {name} is a whole number from {allowed[0]} to {allowed[-1]}.", name)
        if self.error_correction not in ERROR_CORRECTIONS:
            raise Invalid(f"The error correction is one of {', '.join(ERROR_CORRECTIONS)}.", "error_correction")
        dark, light = (_luminance(name, getattr(self, name)) for name in ("dark", "light"))
        if light + 0.05 < (dark + 0.05) * LEAST_CONTRAST:
            message = f"No phone could read this: light has to be lighter than dark, by a contrast of {LEAST_CONTRAST}."
            raise Invalid.of([Problem("contrast", message, name) for name in ("dark", "light")])


def _luminance(name: str, colour: str) -> float:
    """From 0, black, to 1, white. Raises `Invalid` for what is no colour."""
    written = _COLOUR.fullmatch(colour)
    if written is None:
        raise Invalid("A colour is written with 3 or 6 hexadecimal digits, as in 1a2b3c.", name)
    digits = written[1] if len(written[1]) == 6 else "".join(digit * 2 for digit in written[1])
    red, green, blue = (_linear(int(digits[at : at + 2], 16) / 255) for at in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    """sRGB without its curve."""
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
