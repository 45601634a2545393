"""QR codes as pictures, by segno. The same text with the same look is always the same bytes."""

from __future__ import annotations

import io

from till.domain.errors import Invalid
from till.domain.qr_code import QrLook

PNG, SVG = "image/png", "image/svg+xml"
_KINDS = {PNG: "png", SVG: "svg"}
# Pixels. What is larger has no use as PNG, and takes longer than it may.
_WIDEST = 4000


def qr_code(text: str, look: QrLook, media_type: str) -> bytes:
    """The picture, of `PNG` or `SVG`. Raises `Invalid` for one that would be too large."""
    # Loaded here: a function that draws nothing must not wait for it.
    import segno

    try:
        code = segno.make_qr(text, error=look.error_correction[0])
    except segno.DataOverflowError:
        raise Invalid("The checkout's URL is too long for this error correction.", "error_correction") from None
    if code.symbol_size(look.scale, look.border)[0] > _WIDEST:
        raise Invalid(f"The picture would be wider than {_WIDEST} pixels.", "scale")
    picture = io.BytesIO()
    dark, light = (f"#{colour.removeprefix('#')}" for colour in (look.dark, look.light))
    code.save(picture, kind=_KINDS[media_type], scale=look.scale, border=look.border, dark=dark, light=light)
    return picture.getvalue()
