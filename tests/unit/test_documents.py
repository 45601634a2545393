"""What is stored comes back as it was, whatever a storefront put into it."""

import json
import random
import zlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import a_basket, a_cart, a_hold, a_line, a_product, a_shop, an_attempt, an_order
from tests.unit.strategies import any_text, anything_of
from till.adapters.dynamodb.documents import LARGEST_DOCUMENT, pack, unpack
from till.application.idempotency import Record
from till.domain.attempt import Attempt
from till.domain.basket import MOST_LINES, LineItem
from till.domain.cart import Cart
from till.domain.errors import Invalid
from till.domain.event import Event
from till.domain.notes import Notes
from till.domain.order import Order
from till.domain.payment import PendingVoid
from till.domain.product import Product
from till.domain.shop import Shop
from till.domain.stock import Hold

KINDS = (Order, Attempt, Cart, Shop, Product, Hold, PendingVoid, Event, Record)


def stored(value: object) -> Any:
    """What a document holds, as JSON."""
    return json.loads(zlib.decompress(pack(value)[1:]).decode("utf-8", "surrogatepass"))


def written(document: object) -> bytes:
    """A document as any release may have written it."""
    return b"\x01" + zlib.compress(json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
def test_every_value_comes_back_as_it_was_stored(kind: Any, data: st.DataObject) -> None:
    value = data.draw(anything_of(kind))
    back = unpack(kind, pack(value))
    assert back == value
    # Equality does not see a list in the place of a tuple inside a mapping, nor text in the place of an enum.
    assert repr(back) == repr(value)


@pytest.mark.parametrize("value", [an_order(), an_attempt(), a_cart(), a_shop(), a_product(), a_hold()])
def test_believable_values_come_back_too(value: object) -> None:
    assert unpack(type(value), pack(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00",
        "\u2028",
        "\ufeff",
        "\ufffe",
        "\U0010ffff",
        "e\u0301",
        "👩‍👩‍👧‍👦",
        "مرحبا",
        "\ud800",
        "\udc00a",
        "\ud83d\ude00",
    ],
)
def test_text_of_every_kind_comes_back_code_point_by_code_point(text: str) -> None:
    order = an_order(
        basket=a_basket(lines=(a_line(title=text, properties={text: text}),)),
        notes=Notes(cart_parameters={text: [text]}, notes=text, tags=(text,)),
    )
    assert unpack(Order, pack(order)) == order


@given(any_text)
def test_a_document_of_one_release_is_the_same_bytes_each_time(text: str) -> None:
    assert pack(an_order(flow_id=text)) == pack(an_order(flow_id=text))


@given(anything_of(Order), any_text.map("later_".__add__))
def test_what_a_later_release_added_is_passed_over(order: Order, name: str) -> None:
    document = stored(order)
    basket = document["basket"]
    customers = [basket["customer"]] if "customer" in basket else []
    for part in (document, basket, *customers, *basket.get("lines", ()), *document.get("payments", ())):
        part[name] = {"of": ["a", 1]}
    assert unpack(Order, written(document)) == order


def test_members_with_their_default_take_no_space_and_are_there_again() -> None:
    assert set(stored(an_order(payments=()))) == {"id", "public_id", "shop", "basket", "created_at"}
    assert unpack(Order, pack(an_order(payments=()))).payments == ()
    assert "properties" not in stored(a_line())
    assert unpack(LineItem, pack(a_line())).properties == {}


def test_a_document_of_an_unknown_format_is_not_guessed_at() -> None:
    for packed in (b"", b"\x02" + pack(an_order())[1:], b"{}"):
        with pytest.raises(ValueError, match="unknown format"):
            unpack(Order, packed)


# Size


def distinct_lines(count: int, properties: int = 0) -> tuple[LineItem, ...]:
    """Lines that have nothing in common which a compressor could use, as far as real ones go."""
    seeded = random.Random(count)  # noqa: S311 - any repeatable noise will do

    def noise(length: int) -> str:
        return "".join(seeded.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=length))

    return tuple(
        a_line(
            key=noise(32),
            variant_id=noise(26),
            variant_number=seeded.randrange(10**9),
            quantity=seeded.randrange(1, 1000),
            unit_price=seeded.randrange(10**7),
            compare_at_price=seeded.randrange(10**7),
            platform_id=noise(14),
            product_platform_id=noise(14),
            sku=noise(12),
            barcode=noise(13),
            title=noise(20),
            product_title=noise(60),
            tags=noise(40),
            image_url=f"https://cdn.shop.example/s/files/{noise(30)}.jpg",
            properties={noise(10): noise(20) for _ in range(properties)},
        )
        for _ in range(count)
    )


def test_an_order_of_500_different_lines_can_be_stored() -> None:
    order = an_order(basket=a_basket(lines=distinct_lines(MOST_LINES, properties=1)))
    packed = pack(order)
    assert len(packed) < LARGEST_DOCUMENT
    assert unpack(Order, packed) == order


@pytest.mark.parametrize("field", ["order", "line_items"])
def test_more_than_can_be_stored_is_refused_by_the_field_that_was_changed(field: str) -> None:
    order = an_order(basket=a_basket(lines=distinct_lines(MOST_LINES, properties=50)))
    with pytest.raises(Invalid) as refusal:
        pack(order, field)
    assert refusal.value.problems[0].field == field


def test_what_fits_is_judged_by_its_compressed_size() -> None:
    wordy = replace(an_order(), notes=Notes(notes="thank you " * 100_000))
    assert unpack(Order, pack(wordy)) == wordy
