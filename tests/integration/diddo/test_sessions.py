"""Checkout sessions of a platform: begun from a template, told where to ship, and paid by the shopper."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from tests.builders import a_cart, a_line, a_shop
from tests.integration.api import Reply
from tests.integration.cocart.storefront import Shopper as Guest
from tests.integration.deployment import Deployment
from tests.integration.diddo.storefront import Platform, an_api_key, refusal
from tests.integration.shopper import WINNIPEG, Shopper, card
from till.adapters import aws
from till.application.identifiers import as_uuid
from till.domain.event import Event
from till.runtime import wiring

type Json = dict[str, Any]

KEY = "a-platforms-key-00001"
JOHN = {
    "first_name": "John",
    "last_name": "Doe",
    "email": "john.doe@example.com",
    "phone": "204-678-9087",
    "address1": "50 Fultz Blvd",
    "address2": "",
    "city": "Winnipeg",
    "province_code": "MB",
    "country_code": "CA",
    "postal_code": "R3Y 0L6",
}
SHOWN = {
    "first_name": "John", "last_name": "Doe", "email": "john.doe@example.com", "phone": "204-678-9087",
    "address_1": "50 Fultz Blvd", "address_2": "", "city": "Winnipeg", "province_code": "MB", "country_code": "CA",
    "postal_code": "R3Y 0L6",
}  # fmt: skip


@pytest.fixture
def platform(till: Deployment) -> Platform:
    return Platform(till)


def begin(platform: Platform, cart: str = "") -> Json:
    return platform.ask("POST", f"/checkout/begin/{cart or platform.template()}")


def tell(platform: Platform, session: Json, **said: Any) -> Reply:
    return platform.call("POST", "/checkout/shipping", {"cart_id": session["cart_id"], "buyer_info": said})


def methods(cart: Json) -> list[Json]:
    found: list[Json] = cart["stores"][0]["offer"]["shipping_methods"]
    return found


def choose(platform: Platform, session: Json, number: Any) -> Reply:
    body = {"cart_id": session["cart_id"], "shipping_method_id": number}
    return platform.call("POST", "/checkout/shipping/method", body)


def ready(platform: Platform) -> Json:
    """A session whose shopper only has to pay: 262.00 CAD."""
    session = begin(platform)
    cart = tell(platform, session, **JOHN).body
    assert choose(platform, session, methods(cart)[0]["id"]).status == 200
    return session


def open_page(till: Deployment, session: Json) -> Any:
    """As whoever is sent to `url` does."""
    return till.page.call("POST", f"/checkout/{session['cart_id']}/session", {}).data


def pay(till: Deployment, session: Json, kind: str = "tok_approve") -> Reply:
    opened = open_page(till, session)
    url = f"/checkout/storefront/acme/{opened['public_order_id']}"
    headers = {"Authorization": f"Bearer {opened['jwt_token']}"}
    assert till.api.call("POST", f"{url}/payments", card(kind), headers).status == 200
    return till.api.call("POST", f"{url}/process_order", None, headers)


def told(session: Json) -> list[str]:
    """The types of the session's events in their order."""
    return [one.type for one in events(session["id"])]


def events(order_id: str) -> list[Event]:
    due = wiring.orders().due_events(wiring.now() + 10_000, 100)
    return sorted((one for one in due if one.order_id == order_id), key=lambda one: one.sequence)


# Begin


def test_a_checkout_begins_with_a_live_cart_of_its_own(till: Deployment, platform: Platform) -> None:
    template = platform.template(2)
    session = begin(platform, template)
    assert session.keys() == {"id", "cart_id", "status", "payment_intent_id", "url", "cart", "expires_at"}
    assert session["cart_id"] not in ("", template)
    assert session["payment_intent_id"] == f"pi_{session['id']}"
    assert session["status"] == "IN_PROGRESS"
    assert session["url"] == f"https://shop.example/checkout?cart_id={session['cart_id']}"
    assert session["cart"]["id"] == session["cart_id"]
    assert session["cart"]["cost"]["total"] == {"value": 45000, "currency": "CAD"}
    assert session["expires_at"].endswith("Z")
    assert platform.ask("GET", f"/cart/{session['cart_id']}") == session["cart"]


def test_many_begin_with_one_template_which_stays_as_it_is(till: Deployment, platform: Platform) -> None:
    template = platform.template()
    before = wiring.carts().get("acme", template)
    sessions = [begin(platform, form) for form in (template, template, as_uuid(template))]
    assert len({session["id"] for session in sessions}) == 3
    ready_to_ship = tell(platform, sessions[0], **JOHN)
    assert ready_to_ship.status == 200
    assert wiring.carts().get("acme", template) == before
    assert begin(platform, template)["cart"]["buyer_identity"] is None


def test_a_checkout_begins_at_todays_prices(till: Deployment, platform: Platform) -> None:
    template = platform.template()
    till.change_product(
        lambda product: replace(
            product, variants=tuple(replace(one, prices={"CAD": 20000}) for one in product.variants)
        )
    )
    assert begin(platform, template)["cart"]["cost"]["subtotal"]["value"] == 20000
    assert platform.ask("GET", f"/cart/{template}")["cost"]["subtotal"]["value"] == 22500


def test_a_template_can_be_begun_years_later(till: Deployment, platform: Platform) -> None:
    template = platform.template()
    (item,) = [
        one
        for one in aws.client("dynamodb").scan(TableName="orderstable")["Items"]
        if one["sk"] == {"S": "CART"} and template in one["pk"]["S"]
    ]
    assert "expires_at" not in item
    assert begin(platform, template)["status"] == "IN_PROGRESS"


@pytest.mark.parametrize("what", ["empty", "not sold any more"])
def test_a_cart_that_cannot_be_bought_is_not_begun(till: Deployment, platform: Platform, what: str) -> None:
    template = platform.template()
    if what == "empty":
        platform.ask("POST", "/cart/update", {"cart_id": template, "item": {"variant_id": "66", "quantity": 0}})
    else:
        cart = wiring.carts().get("acme", template)
        assert cart
        gone = replace(cart.basket, lines=(a_line(variant_id="01JXG0NE000000000000000000"),))
        wiring.carts().save(cart.with_basket(gone))
    assert platform.call("POST", f"/checkout/begin/{template}").status == 422


def test_what_cannot_be_begun_says_why(till: Deployment, platform: Platform) -> None:
    wiring.carts().save(a_cart(id="own", expires_at=wiring.now() + 60, customers=("01JXCVST0MER00000000000000",)))
    live = begin(platform)["cart_id"]
    for cart_id, status, code in (
        ("01JXN0B0DY0000000000000000", 400, "CART_NOT_FOUND"),
        ("own", 400, "CART_NOT_FOUND"),
        (str(uuid.uuid4()), 400, "CART_NOT_FOUND"),
        ("shipping", 400, "INVALID_REQUEST"),
        ("a%20b", 400, "INVALID_REQUEST"),
        (live, 422, "ALREADY_SUBMITTED"),
    ):
        assert refusal(platform.call("POST", f"/checkout/begin/{cart_id}")) == (status, code, "cart_id"), cart_id


def test_another_organisations_carts_and_sessions_are_forbidden(till: Deployment, platform: Platform) -> None:
    wiring.catalog().create_shop(a_shop(identifier="other"))
    stranger = Platform(till, an_api_key("other"))
    template = platform.template()
    session = begin(platform, template)
    assert stranger.call("POST", f"/checkout/begin/{template}").status == 403
    assert tell(stranger, session, **JOHN).status == 403
    assert choose(stranger, session, 1).status == 403
    nobody = Platform(till, "tillm_nobody")
    for path in (f"/checkout/begin/{template}", "/checkout/shipping", "/checkout/shipping/method", "/checkout/cst"):
        assert nobody.call("POST", path, {}).status == 401


def test_a_begin_that_is_sent_again_is_one_session(till: Deployment, platform: Platform) -> None:
    template = platform.template()
    first, again = (platform.call("POST", f"/checkout/begin/{template}", Idempotency_Key=KEY) for _ in range(2))
    assert first.body == again.body
    assert again.headers["Idempotent-Replayed"] == "true"
    paying = wiring.orders().get("acme", first.body["id"])
    assert paying
    wiring.orders().save(replace(paying, expires_at=0))
    late = platform.call("POST", f"/checkout/begin/{template}", Idempotency_Key=KEY)
    assert late.body["expires_at"] == first.body["expires_at"]


# Where to ship


def test_a_session_is_told_where_to_ship_and_shows_how(till: Deployment, platform: Platform) -> None:
    session = begin(platform)
    cart = tell(platform, session, **JOHN).body
    assert cart["buyer_identity"] == SHOWN
    assert [(one["label"], one["price"]["value"]) for one in methods(cart)] == [("Standard", 1000), ("Expedited", 1125)]
    assert cart["cost"]["tax"]["value"] == 2700
    assert platform.ask("GET", f"/cart/{session['cart_id']}") == cart


def test_what_is_told_bit_by_bit_adds_up(till: Deployment, platform: Platform) -> None:
    session = begin(platform)
    for name, value in JOHN.items():
        cart = tell(platform, session, **{name: value}).body
        assert bool(methods(cart)) is (name == "postal_code")
    assert cart["buyer_identity"] == SHOWN
    cart = tell(platform, session, city="Brandon", last_name=None).body
    assert (cart["buyer_identity"]["city"], cart["buyer_identity"]["last_name"]) == ("Brandon", "Doe")
    cart = tell(platform, session, address1="").body
    assert methods(cart) == []
    assert cart["buyer_identity"]["address_1"] == ""
    assert wiring.orders().get("acme", session["id"]).basket.shipping_address is None  # type: ignore[union-attr]  # there


def test_where_the_shopper_said_to_ship_meanwhile_is_what_is_added_to(till: Deployment, platform: Platform) -> None:
    session = begin(platform)
    tell(platform, session, email="john.doe@example.com", first_name="Jane", city="Brandon")
    opened = open_page(till, session)
    url = f"/checkout/storefront/acme/{opened['public_order_id']}/addresses/shipping"
    there = WINNIPEG | {"business_name": "Doe Ltd", "phone_number": ""}
    assert till.api.call("POST", url, there, {"Authorization": f"Bearer {opened['jwt_token']}"}).status == 200
    till.change_settings(phone_required=True)
    wiring.catalog.cache_clear()
    cart = platform.ask("POST", "/checkout/shipping", {"cart_id": session["cart_id"]})
    assert (cart["buyer_identity"]["first_name"], bool(methods(cart))) == ("John", True)
    cart = tell(platform, session, phone="204-678-9087").body
    assert (cart["buyer_identity"]["city"], bool(methods(cart))) == ("Winnipeg", True)
    address = till.order(session["id"]).basket.shipping_address
    assert address
    assert address.business_name == "Doe Ltd"


def test_a_session_is_found_by_its_cart_by_its_intent_and_by_both(till: Deployment, platform: Platform) -> None:
    template = platform.template()
    session, other = begin(platform, template), begin(platform, template)
    intent = session["payment_intent_id"]
    for named in (
        {"cart_id": session["cart_id"]},
        {"cart_id": as_uuid(session["cart_id"])},
        {"payment_intent_id": intent},
        {"cart_id": session["cart_id"], "payment_intent_id": intent},
        {"cart_id": template, "payment_intent_id": intent},
        {"cart_id": "0", "payment_intent_id": intent},
        {"cartId": session["cart_id"], "paymentIntentId": intent},
    ):
        assert platform.ask("POST", "/checkout/shipping", named)["id"] == session["cart_id"]
    for named, code, field in (
        ({}, "MISSING", "cart_id"),
        ({"cart_id": "0", "payment_intent_id": ""}, "MISSING", "cart_id"),
        ({"cart_id": other["cart_id"], "payment_intent_id": intent}, "NOT_THE_SAME", "payment_intent_id"),
        ({"cart_id": "01JXN0B0DY0000000000000000"}, "CART_NOT_FOUND", "cart_id"),
        ({"payment_intent_id": "pi_01JXN0B0DY0000000000000000"}, "SESSION_NOT_FOUND", "payment_intent_id"),
        ({"payment_intent_id": "pi_3MtwBwLkdIwHu7ix28a3tqPa"}, "SESSION_NOT_FOUND", "payment_intent_id"),
        ({"cart_id": template}, "CHECKOUT_NOT_BEGUN", "cart_id"),
    ):
        assert refusal(platform.call("POST", "/checkout/shipping", named)) == (400, code, field), named


def test_clients_of_older_documents_are_understood(till: Deployment, platform: Platform) -> None:
    session = begin(platform)
    identity = {"firstName": "John", "lastName": "Doe", "email": "john.doe@example.com", "phone": "204-678-9087"}
    place = {"address_1": "50 Fultz Blvd", "city": "Winnipeg", "provinceCode": "MB", "countryCode": "CA"}
    body = {"cart_id": session["cart_id"], "buyer_identity": identity | place | {"postalCode": "R3Y 0L6"}}
    cart = platform.ask("POST", "/cart/customer", body)
    assert cart["buyer_identity"] == SHOWN
    chosen = {"cartId": session["cart_id"], "shippingMethodId": methods(cart)[1]["id"]}
    for path in ("/cart/shipping/method", "/cart/shipping-method"):
        cart = platform.call_in_its_own_words("POST", path, chosen).body
        assert cart["cost"]["shipping"]["value"] == 1125


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"country_code": "XX"}, "country_code"),
        ({"country_code": "CA", "province_code": "NY"}, "province_code"),
        ({"country_code": "CA", "postal_code": "10118"}, "postal_code"),
        ({"address1": "a" * 256}, "address1"),
        ({"city": "Win\u0000nipeg"}, "city"),
        ({"first_name": ["John"]}, "first_name"),
        ({"phone": True}, "phone"),
    ],
)
def test_what_is_wrong_is_named_and_not_kept(till: Deployment, platform: Platform, said: Json, field: str) -> None:
    session = begin(platform)
    tell(platform, session, first_name="John")
    before = till.stored(session["id"])
    status, _, named = refusal(tell(platform, session, **said))
    assert (status, named) == (400, f"buyer_info.{field}")
    assert till.stored(session["id"]) == before
    assert refusal(platform.call("POST", "/checkout/cst", said))[::2] == (400, field)


def test_an_address_that_is_not_shipped_to_is_refused(till: Deployment, platform: Platform) -> None:
    away = {"country_code": "US", "province_code": "NY", "postal_code": "10118", "city": "New York"}
    refused = refusal(tell(platform, begin(platform), **(JOHN | away)))
    assert refused == (422, "NO_SHIPPING_TO_ADDRESS", "buyer_info.country_code")


def test_a_shop_that_requires_a_telephone_number_ships_once_it_has_one(till: Deployment, platform: Platform) -> None:
    till.change_settings(phone_required=True, company_required=True)
    wiring.catalog.cache_clear()
    session = begin(platform)
    assert methods(tell(platform, session, **(JOHN | {"phone": None})).body) == []
    assert methods(tell(platform, session, phone="204-678-9087").body)


# How to ship


def test_a_way_to_ship_is_chosen_by_its_number(till: Deployment, platform: Platform) -> None:
    session = begin(platform)
    standard, expedited = methods(tell(platform, session, **JOHN).body)
    for wanted, shipping, total in ((expedited, 1125, 26325), (standard, 1000, 26200)):
        cart = choose(platform, session, wanted["id"]).body
        assert (cart["cost"]["shipping"]["value"], cart["cost"]["tax"]["value"]) == (shipping, 2700)
        assert cart["cost"]["total"]["value"] == total
        assert cart["stores"][0]["offer"]["selected_shipping_method"]["id"] == wanted["id"]
    another = begin(platform)
    assert [one["id"] for one in methods(tell(platform, another, **JOHN).body)] == [standard["id"], expedited["id"]]


@pytest.mark.parametrize("number", [True, "1", 1.5, None, [], "standard"])
def test_the_number_of_a_way_to_ship_is_a_whole_number(till: Deployment, platform: Platform, number: Any) -> None:
    session = begin(platform)
    tell(platform, session, **JOHN)
    assert refusal(choose(platform, session, number))[::2] == (400, "shipping_method_id")


def test_a_way_to_ship_that_is_not_offered_is_refused(till: Deployment, platform: Platform) -> None:
    session = begin(platform)
    assert refusal(choose(platform, session, 1)) == (400, "BUYER_IDENTITY_MISSING", "cart_id")
    tell(platform, session, **JOHN)
    for number in (0, 1, -1, 2**63, 10**300):
        assert refusal(choose(platform, session, number))[:2] == (400, "SHIPPING_METHOD_NOT_FOUND")
    template = platform.template()
    body = {"cart_id": template, "shipping_method_id": 1}
    assert refusal(platform.call("POST", "/checkout/shipping/method", body))[1] == "CHECKOUT_NOT_BEGUN"


def test_changes_that_are_sent_again_are_made_once(till: Deployment, platform: Platform) -> None:
    session = begin(platform)
    body = {"cart_id": session["cart_id"], "buyer_info": JOHN}
    first, again = (platform.call("POST", "/checkout/shipping", body, Idempotency_Key=KEY) for _ in range(2))
    assert (first.raw, again.headers["Idempotent-Replayed"]) == (again.raw, "true")
    changed = body | {"buyer_info": {}}
    assert platform.call("POST", "/checkout/shipping", changed, Idempotency_Key=KEY).status == 422


# The end


def test_a_session_ends_in_an_order_that_the_shopper_paid(till: Deployment, platform: Platform) -> None:
    session = ready(platform)
    assert pay(till, session).state["is_processed"] is True
    assert till.live() == [26200]
    status = platform.ask("GET", f"/cart/status/{session['cart_id']}")
    assert (status["status"], status["cart"]["stores"][0]["is_submitted"]) == ("SUBMITTED", True)
    assert refusal(tell(platform, session, city="Brandon"))[:2] == (422, "ALREADY_SUBMITTED")
    number = methods(session["cart"] | platform.ask("GET", f"/cart/{session['cart_id']}"))[0]["id"]
    assert refusal(choose(platform, session, number))[:2] == (400, "ALREADY_SUBMITTED")


def test_nobody_puts_a_cart_of_another_dialect_in_the_place_of_a_session(till: Deployment, platform: Platform) -> None:
    session = ready(platform)
    before = platform.ask("GET", f"/cart/{session['id']}")
    Guest(till, session["id"]).add(quantity="5")
    assert platform.ask("GET", f"/cart/{session['id']}") == before
    assert pay(till, session).status == 200
    assert platform.ask("GET", f"/cart/status/{session['id']}")["status"] == "SUBMITTED"


def test_six_events_tell_of_a_session(till: Deployment, platform: Platform) -> None:
    session = ready(platform)
    assert told(session) == ["checkout.initialized"]
    assert pay(till, session, "tok_decline").status == 422
    assert told(session)[1:] == ["checkout.in_progress", "payment.failed", "checkout.failed"]
    opened = open_page(till, session)
    url = f"/checkout/storefront/acme/{opened['public_order_id']}/payments"
    headers = {"Authorization": f"Bearer {opened['jwt_token']}"}
    assert till.api.call("DELETE", url, card("tok_decline"), headers).status == 200
    assert pay(till, session).status == 200
    assert told(session)[4:] == [
        "checkout.in_progress", "checkout.succeeded", "order.submitted", "order.placed",
    ]  # fmt: skip
    wiring.after_sales().cancel("acme", session["id"], wiring.new_id(), "")
    assert told(session)[8:] == ["order.cancelled", "checkout.cancelled"]
    assert [one.sequence for one in events(session["id"])] == list(range(1, 11))


def test_nothing_is_told_of_a_checkout_that_is_no_session(till: Deployment) -> None:
    shopper = Shopper.ready(till)
    shopper.process()
    assert [one.type for one in events(till.order(shopper.order_id).id)] == ["order.placed"]
