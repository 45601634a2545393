"""Reads QR codes as a phone does: what is printed, and nothing of how it was made."""

from __future__ import annotations

import io

import resvg_py
import zxingcpp
from PIL import Image

_QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


def read_code(picture: bytes) -> str:
    """The text in a PNG or an SVG. Light on dark is not read, as many phones do not."""
    png = picture if picture.startswith(b"\x89PNG") else bytes(resvg_py.svg_to_bytes(svg_string=picture.decode()))
    image = Image.open(io.BytesIO(png)).convert("RGB")
    [code] = zxingcpp.read_barcodes(image, formats=_QR, try_invert=False)
    text: str = code.text
    return text
