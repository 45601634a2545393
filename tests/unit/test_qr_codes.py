"""QR codes: whatever look is allowed, a phone reads the code."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from PIL import Image

from tests.builders import a_shop
from tests.qr_reader import read_code
from till.adapters.qr import PNG, SVG, qr_code
from till.domain.errors import Invalid
from till.domain.qr_code import BORDERS, ERROR_CORRECTIONS, SCALES, QrLook
from till.runtime.location import checkout_url

URL = "https://abc123def4.execute-api.eu-central-1.amazonaws.com/prod/checkout/01JZ8S3M0T4Y2R8QH6D5F1ABCD"


def colours(least: int, most: int) -> st.SearchStrategy[str]:
    """Each of red, green and blue between the two."""
    part = st.integers(least, most).map(lambda value: f"{value:02x}")
    return st.tuples(part, part, part).map("".join)


def refused(**look: object) -> set[str]:
    """The fields that are named."""
    with pytest.raises(Invalid) as refusal:
        QrLook(**look)  # type: ignore[arg-type]  # what a request may say
    return {problem.field for problem in refusal.value.problems}


@pytest.mark.parametrize("media_type", [PNG, SVG])
@pytest.mark.parametrize("error_correction", ERROR_CORRECTIONS)
@pytest.mark.parametrize(("scale", "border"), [(SCALES[0], BORDERS[0]), (8, 4), (SCALES[-1], BORDERS[-1])])
def test_a_phone_reads_the_smallest_and_the_largest_code(
    media_type: str, error_correction: str, scale: int, border: int
) -> None:
    look = QrLook(scale, border, error_correction=error_correction)
    assert read_code(qr_code(URL, look, media_type)) == URL


@given(dark=colours(0, 0xA0), light=colours(0x60, 0xFF))
@settings(max_examples=60, deadline=None)
def test_a_phone_reads_every_colour_that_is_not_refused(dark: str, light: str) -> None:
    try:
        look = QrLook(4, dark=dark, light=light)
    except Invalid:
        reject()
    for media_type in (PNG, SVG):
        assert read_code(qr_code(URL, look, media_type)) == URL


@pytest.mark.parametrize(
    ("dark", "light"),
    [("fff", "000"), ("777777", "777777"), ("0000ff", "ff0000"), ("ffff00", "ffffff"), ("000", "333")],
)
def test_colours_that_no_phone_tells_apart_are_refused(dark: str, light: str) -> None:
    assert refused(dark=dark, light=light) == {"dark", "light"}


@pytest.mark.parametrize("colour", ["red", "#12345", "12345g", "transparent", "", "000000ff", "#0000"])
def test_what_is_no_colour_is_refused(colour: str) -> None:
    assert refused(dark=colour) == {"dark"}
    assert refused(light=colour) == {"light"}


@pytest.mark.parametrize("scale", [0, -1, 41])
def test_a_picture_nobody_could_print_is_refused(scale: int) -> None:
    assert refused(scale=scale) == {"scale"}


@pytest.mark.parametrize("border", [0, 1, 17])
def test_a_code_without_room_around_it_is_refused(border: int) -> None:
    assert refused(border=border) == {"border"}


def test_error_correction_is_named_plainly() -> None:
    assert refused(error_correction="H") == {"error_correction"}


def test_the_colours_asked_for_are_those_of_the_picture() -> None:
    picture = Image.open(io.BytesIO(qr_code(URL, QrLook(dark="#036", light="ffeecc"), PNG))).convert("RGB")
    colours = {colour for _, colour in picture.getcolors() or ()}
    assert colours == {(0x00, 0x33, 0x66), (0xFF, 0xEE, 0xCC)}


def test_the_scale_and_the_border_are_those_of_the_picture() -> None:
    small, large = (Image.open(io.BytesIO(qr_code(URL, QrLook(scale, 2), PNG))) for scale in (1, 10))
    wide = Image.open(io.BytesIO(qr_code(URL, QrLook(1, 12), PNG)))
    assert large.width == 10 * small.width
    assert wide.width == small.width + 20


def test_the_same_code_is_the_same_bytes() -> None:
    assert qr_code(URL, QrLook(), SVG) == qr_code(URL, QrLook(), SVG)
    assert qr_code(URL, QrLook(), PNG) != qr_code(URL + "1", QrLook(), PNG)


@pytest.mark.parametrize(("length", "look", "field"), [(1300, QrLook(error_correction="high"), "error_correction")])
def test_a_url_that_is_too_long_for_a_code_is_refused(length: int, look: QrLook, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        qr_code("https://shop.example/" + "x" * length, look, PNG)
    assert refusal.value.problems[0].field == field


def test_a_picture_of_thousands_of_pixels_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        qr_code("https://shop.example/" + "x" * 1000, QrLook(40), PNG)
    assert refusal.value.problems[0].field == "scale"


@pytest.mark.parametrize(
    ("own", "url"),
    [
        ("https://shop.example/buy/{cart_id}", "https://shop.example/buy/c-1"),
        ("https://shop.example/buy?cart={cart_id}&src=qr", "https://shop.example/buy?cart=c-1&src=qr"),
        ("https://shop.example/buy", "https://shop.example/buy?cart_id=c-1"),
        ("https://shop.example/buy?src=qr", "https://shop.example/buy?src=qr&cart_id=c-1"),
    ],
)
def test_a_code_leads_to_the_shops_own_checkout_page(own: str, url: str) -> None:
    shop = a_shop(settings=replace(a_shop().settings, checkout_url=own))
    assert checkout_url(shop, "c-1", "https://api.example/v1", named_shop=True) == url


def test_without_a_page_of_its_own_a_shop_has_tills() -> None:
    shop = a_shop(settings=replace(a_shop().settings, checkout_url=""))
    assert (
        checkout_url(shop, "c-1", "https://api.example/v1", named_shop=False) == "https://api.example/v1/checkout/c-1"
    )
    named = checkout_url(shop, "c-1", "https://api.example/v1", named_shop=True)
    assert named == "https://api.example/v1/checkout/c-1?shop=acme"
