"""Carts and QR codes of the Diddo dialect on the deployed stack: bytes arrive as bytes, and lead somewhere."""

from __future__ import annotations

import httpx
import pytest

from scripts.checkout_client import Stack
from tests.clients.diddo_client import Diddo
from tests.qr_reader import read_code

PNG, SVG = "image/png", "image/svg+xml"
CHROME_IMAGE = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


@pytest.fixture
def platform(http: httpx.Client, stack: Stack) -> Diddo:
    return Diddo(http, stack.api_key)


@pytest.fixture
def template(platform: Diddo, stack: Stack) -> str:
    return platform.template(stack.variants[0].platform_id)


def picture(platform: Diddo, path: str, accept: str | None) -> httpx.Response:
    """What comes of asking with that Accept, or with none at all."""
    request = platform.http.build_request("GET", path, headers={"Authorization": f"Bearer {platform.key}"})
    request.headers.pop("Accept")
    if accept is not None:
        request.headers["Accept"] = accept
    return platform.http.send(request)


# Who asks for a PNG by its suffix and does not say what it accepts is sent base64 by this gateway: see docs/dialects.
ASKED = [(suffix, accept) for suffix in ("", ".png", ".svg") for accept in (None, "*/*", CHROME_IMAGE, PNG, SVG)]
ASKED.remove((".png", None))


@pytest.mark.parametrize(("suffix", "accept"), ASKED)
def test_the_picture_arrives_whatever_is_accepted(
    suffix: str, accept: str | None, platform: Diddo, template: str, stack: Stack
) -> None:
    answer = picture(platform, f"/checkout/{template}/qr{suffix}", accept)
    kind = {".png": PNG, ".svg": SVG}.get(suffix) or (SVG if accept in (SVG, None) else PNG)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
    assert answer.content.startswith(b"\x89PNG\r\n\x1a\n" if kind == PNG else b"<?xml")
    assert read_code(answer.content) == f"{stack.api_url}/checkout/{template}"


def test_a_phone_that_follows_the_code_finds_a_page(platform: Diddo, template: str) -> None:
    code = platform.call("GET", f"/checkout/{template}/qr.png?dark=036&light=ffe&scale=6&error_correction=high")
    page = httpx.get(read_code(code.content), headers={"Accept": "text/html"}, timeout=platform.http.timeout)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_who_has_the_picture_is_not_sent_it_again(platform: Diddo, template: str) -> None:
    path = f"/checkout/{template}/qr.png"
    first = platform.call("GET", path)
    again = platform.call("GET", path, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    told = platform.call("HEAD", path)
    assert (told.status_code, told.content, told.headers["ETag"]) == (200, b"", first.headers["ETag"])
    assert told.headers["Content-Type"] == PNG


def test_a_cart_is_filled_and_emptied_with_a_body_on_delete(platform: Diddo, template: str, stack: Stack) -> None:
    variant = stack.variants[0].platform_id
    item = {"variant_id": variant, "quantity": 3}
    changed = platform.ask("POST", "/cart/update", {"cart_id": template, "item": item})
    assert changed["cost"]["subtotal"]["value"] == 3 * stack.variants[0].price
    emptied = platform.ask("DELETE", "/cart/items", {"cart_id": template, "variant_id": variant})
    assert emptied["stores"] == []
    assert platform.ask("GET", f"/cart/{template}") == emptied
    assert platform.ask("GET", f"/cart/status/{template}") == {"cart": emptied, "status": "IN_PROGRESS"}
    assert platform.ask("GET", f"/cart/shipping-rates/{template}") == platform.ask("GET", f"/cart/{template}/shipping")


def test_without_the_key_there_is_nothing(http: httpx.Client, template: str) -> None:
    stranger = Diddo(http, "till_nobodys")
    assert stranger.refusal("GET", f"/checkout/{template}/qr") == (401, "UNAUTHENTICATED")
    assert stranger.refusal("GET", f"/cart/{template}") == (401, "UNAUTHENTICATED")
