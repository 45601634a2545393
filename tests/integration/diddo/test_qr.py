"""QR codes of carts: what is answered, and that a phone which reads it finds the cart's checkout."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image

from tests.builders import a_shop
from tests.integration.api import Reply
from tests.integration.deployment import Deployment
from tests.integration.diddo.storefront import Platform, an_api_key, refusal
from tests.integration.elasticpath.carts import put_cart
from tests.qr_reader import read_code
from till.application.identifiers import as_uuid
from till.runtime import settings, wiring

PNG, SVG = "image/png", "image/svg+xml"
# What each sends that shows a picture, or that was told nothing.
CHROME_IMAGE = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
CHROME_PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"
FIREFOX_IMAGE = "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"
SAFARI_IMAGE = "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,*/*;q=0.5"


@pytest.fixture
def platform(till: Deployment) -> Platform:
    return Platform(till)


def code(platform: Platform, path: str, **headers: str) -> Reply:
    """A good answer."""
    reply = platform.call("GET", path, **headers)
    assert reply.status == 200, reply.raw
    return reply


def picture(reply: Reply) -> bytes:
    """A PNG comes as bytes, an SVG as text."""
    assert bool(reply.raw) == (reply.headers["Content-Type"] == SVG)
    return reply.content or reply.raw.encode()


def read(platform: Platform, path: str, **headers: str) -> str:
    """What a phone reads."""
    return read_code(picture(code(platform, path, **headers)))


@pytest.mark.parametrize("suffix", ["", ".png", ".svg"])
def test_the_code_leads_to_the_shops_checkout_of_this_cart(suffix: str, platform: Platform) -> None:
    cart = platform.template()
    assert read(platform, f"/checkout/{cart}/qr{suffix}") == f"https://shop.example/checkout?cart_id={cart}"


def test_without_a_page_of_the_shops_own_it_leads_to_tills(platform: Platform, till: Deployment) -> None:
    till.change_settings(checkout_url="")
    template, guests = platform.template(), put_cart("a-guests-cart").id
    host = {"Host": "api.example", "X_Forwarded_Proto": "https"}
    assert read(platform, f"/checkout/{template}/qr", **host).endswith(f"api.example/checkout/{template}")
    # Which only its shop finds.
    assert read(platform, f"/checkout/{guests}/qr", **host).endswith("/checkout/a-guests-cart?shop=acme")


def test_the_id_in_its_other_form_gives_the_same_code(platform: Platform) -> None:
    cart = platform.template()
    other, own = (code(platform, f"/checkout/{one}/qr.png").content for one in (as_uuid(cart), cart))
    assert other == own


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", SVG),
        ("*/*", PNG),
        (CHROME_IMAGE, PNG),
        (CHROME_PAGE, PNG),
        (FIREFOX_IMAGE, PNG),
        (SAFARI_IMAGE, PNG),
        ("application/json", PNG),
        (PNG, PNG),
        (SVG, SVG),
        ("IMAGE/SVG+XML", SVG),
        (f"{SVG}, {PNG};q=0.9", SVG),
        (f"{SVG};q=0.1, image/*;q=0.5", PNG),
        (f"{SVG}, image/*;q=0.5", SVG),
        (f"{PNG};q=0, */*", SVG),
        (f"{PNG};q=nothing, {SVG};q=0.2", SVG),
        (",;,", PNG),
    ],
)
def test_the_picture_is_of_the_kind_that_is_liked_best(accept: str, media_type: str, platform: Platform) -> None:
    reply = code(platform, f"/checkout/{platform.template()}/qr", Accept=accept)
    assert reply.headers["Content-Type"] == media_type
    assert read_code(picture(reply))
    assert "Accept" in reply.headers["Vary"]


@pytest.mark.parametrize(("suffix", "accept", "media_type"), [(".png", SVG, PNG), (".svg", PNG, SVG)])
def test_a_suffix_decides_it(suffix: str, accept: str, media_type: str, platform: Platform) -> None:
    reply = code(platform, f"/checkout/{platform.template()}/qr{suffix}", Accept=accept)
    assert reply.headers["Content-Type"] == media_type
    assert "Accept" not in reply.headers["Vary"]


def test_the_query_says_how_it_looks(platform: Platform) -> None:
    path = f"/checkout/{platform.template()}/qr.png"
    plain = Image.open(io.BytesIO(code(platform, path).content))
    query = "?scale=4&border=2&dark=%23102030&light=fed&error_correction=high"
    other = Image.open(io.BytesIO(code(platform, path + query).content)).convert("RGB")
    assert {colour for _, colour in other.getcolors() or ()} == {(0x10, 0x20, 0x30), (0xFF, 0xEE, 0xDD)}
    modules = other.width // 4 - 2 * 2
    assert modules > plain.width // 8 - 2 * 4


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        *[(f"scale={one}", {"scale"}) for one in ("0", "41", "-1", "1.5", "", "big", "٣", "9" * 5000)],
        *[(f"border={one}", {"border"}) for one in ("0", "1", "17", "wide")],
        *[(f"dark={one}", {"dark"}) for one in ("red", "12345", "%3Cscript%3E", "")],
        ("light=transparent", {"light"}),
        ("dark=fff&light=000", {"dark", "light"}),
        ("dark=888&light=999", {"dark", "light"}),
        ("light=000", {"dark", "light"}),
        *[(f"error_correction={one}", {"error_correction"}) for one in ("", "H", "best")],
    ],
)
def test_a_look_that_no_phone_could_read_is_refused_by_its_name(
    query: str, fields: set[str], platform: Platform
) -> None:
    reply = platform.call("GET", f"/checkout/{platform.template()}/qr?{query}")
    assert (reply.status, {error["field"] for error in reply.body["errors"]}) == (400, fields)


@pytest.mark.parametrize("suffix", ["", ".png", ".svg"])
def test_who_has_the_code_already_is_not_sent_it_again(suffix: str, platform: Platform, till: Deployment) -> None:
    path = f"/checkout/{platform.template()}/qr{suffix}"
    first = code(platform, path)
    tag = first.headers["ETag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    assert first.headers["Cache-Control"] == "private, max-age=300"
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = platform.call("GET", path, If_None_Match=known)
        assert (again.status, again.raw, again.content, again.headers["ETag"]) == (304, "", b"", tag)
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert platform.call("GET", path, If_None_Match='"other"').status == 200
    assert platform.call("GET", f"{path}?scale=9", If_None_Match=tag).status == 200
    till.change_settings(checkout_url="https://shop.example/elsewhere")
    wiring.catalog.cache_clear()
    assert platform.call("GET", path, If_None_Match=tag).status == 200


@pytest.mark.parametrize("suffix", ["", ".png", ".svg"])
def test_head_tells_what_get_would_without_it(suffix: str, platform: Platform) -> None:
    path = f"/checkout/{platform.template()}/qr{suffix}"
    got, told = platform.call("GET", path), platform.call("HEAD", path)
    assert (told.status, told.raw, told.content) == (200, "", b"")
    assert dict(told.headers) == dict(got.headers)
    assert platform.call("HEAD", path, If_None_Match=got.headers["ETag"]).status == 304
    assert platform.call("HEAD", f"/checkout/{wiring.new_id()}/qr{suffix}").status == 404


def test_bytes_go_to_api_gateway_as_base64(platform: Platform, till: Deployment) -> None:
    from diddo.qr.app import handler
    from tests.integration.test_events import events

    answer = handler(
        events(diddo_key=platform.key, template=platform.template()).fill("diddo/qr/get_checkout_qr_code"), None
    )
    assert answer["isBase64Encoded"]
    assert base64.b64decode(answer["body"]).startswith(b"\x89PNG\r\n")


# Refusals


@pytest.mark.parametrize("suffix", ["", ".png", ".svg"])
def test_an_unknown_cart_has_no_code(suffix: str, platform: Platform, till: Deployment) -> None:
    put_cart("janes", customers=(wiring.new_id(),))
    for unknown in (wiring.new_id(), "janes"):
        asked = platform.call("GET", f"/checkout/{unknown}/qr{suffix}")
        assert refusal(asked) == (404, "CART_NOT_FOUND", "cart_id")
    for malformed in ("a%20b", "%00", "ä", "begin", "storefront", "x" * 256):
        asked = platform.call("GET", f"/checkout/{malformed}/qr{suffix}")
        assert refusal(asked) == (400, "INVALID_REQUEST", "cart_id")


@pytest.mark.parametrize("suffix", ["", ".png", ".svg"])
def test_only_its_own_organisation_prints_a_carts_code(suffix: str, platform: Platform, till: Deployment) -> None:
    wiring.catalog().create_shop(a_shop(identifier="rival"))
    path = f"/checkout/{platform.template()}/qr{suffix}"
    assert refusal(Platform(till, an_api_key("rival")).call("GET", path)) == (403, "FORBIDDEN", "cart_id")
    assert refusal(platform.call("GET", path, Authorization=""))[:2] == (401, "UNAUTHENTICATED")


def test_on_production_a_code_leads_to_nothing_that_may_move(
    platform: Platform, till: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/checkout/{platform.template()}/qr"
    monkeypatch.setenv("TILL_STAGE", "prod")
    settings.environment.cache_clear()
    assert read(platform, path).startswith("https://shop.example/checkout?")
    till.change_settings(checkout_url="")
    wiring.catalog.cache_clear()
    reply = platform.call("GET", path)
    assert refusal(reply) == (422, "REFUSED", "checkout_url")
    assert "checkout_url" in reply.body["message"]


def test_a_url_that_no_code_has_room_for_is_refused(platform: Platform, till: Deployment) -> None:
    till.change_settings(checkout_url="https://shop.example/" + "x" * 2000)
    path = f"/checkout/{platform.template()}/qr"
    assert refusal(platform.call("GET", f"{path}?error_correction=high")) == (
        400,
        "INVALID_REQUEST",
        "error_correction",
    )
    assert read(platform, f"{path}?error_correction=low").startswith("https://shop.example/xxx")
