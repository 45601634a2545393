"""Whoever opens a checkout page begins a checkout, and goes on with it after a reload; nobody gets another's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.builders import NOON, a_basket, a_cart, a_line, an_address
from tests.integration.api import Reply
from tests.integration.deployment import Deployment, put_ready_order
from tests.integration.shopper import JOHN, WINNIPEG, card
from till.domain.buyer import CustomerSession
from till.domain.cart import Cart
from till.domain.order import OrderStatus
from till.runtime import beginnings, customer_token, wiring
from till.runtime.settings import environment

SALE = "01JXTEMP1ATE00000000000000"
KEY = "a-shoppers-key-000001"


@pytest.fixture
def sale(till: Deployment) -> Cart:
    """A template, with the name, address and shipping choice of whoever made it."""
    return wiring.carts().save(a_cart(id=SALE, life_days=0, expires_at=0))


def open_page(till: Deployment, cart_id: str = SALE, query: str = "", key: str = "", **body: Any) -> Reply:
    headers = {"Idempotency-Key": key} if key else {}
    return till.page.call("POST", f"/checkout/{cart_id}/session{query}", body, headers)


def storefront(till: Deployment, session: Any, method: str, path: str, body: Any = None) -> Reply:
    """What the page does from then on."""
    url = f"/checkout/storefront/{session['shop_identifier']}/{session['public_order_id']}{path}"
    return till.api.call(method, url, body, {"Authorization": f"Bearer {session['jwt_token']}"})


def token(till: Deployment, shop: str = "acme", **told: Any) -> str:
    session = CustomerSession("c" * 32, shop, "jane@example.com", an_address(first_name="Jane"), wiring.now() + 86_400)
    beginnings.customer_sessions().add(replace(session, **told))
    return customer_token.issue(environment().jwt_secret, shop, session.id, wiring.now())


def test_a_shopper_who_scanned_a_code_buys_with_nothing_but_the_page(till: Deployment, sale: Cart) -> None:
    session = open_page(till).data
    assert session.keys() == {
        "shop_identifier", "public_order_id", "jwt_token", "initial_data", "application_state", "prefill",
    }  # fmt: skip
    assert (session["shop_identifier"], session["prefill"]) == ("acme", "none")
    assert session["application_state"]["order_total"] == 22500
    for method, path, body in (
        ("POST", "/customer/guest", JOHN),
        ("POST", "/addresses/shipping", WINNIPEG),
        ("POST", "/shipping_lines", {"index": "0"}),
        ("POST", "/taxes", None),
        ("POST", "/payments", card()),
    ):
        assert storefront(till, session, method, path, body).status == 200
    assert storefront(till, session, "POST", "/process_order").state["is_processed"] is True
    assert till.live() == [26200]
    assert wiring.carts().get("acme", SALE) == sale


def test_nothing_of_who_made_the_cart_is_told_to_who_opens_it(till: Deployment, sale: Cart) -> None:
    state = open_page(till).data["application_state"]
    assert state["customer"] == []
    assert state["addresses"] == {"shipping": [], "billing": []}
    assert state["shipping"]["selected_shipping"] is None
    assert "John" not in str(state)


def test_many_shoppers_begin_with_one_cart_and_each_has_an_order(till: Deployment, sale: Cart) -> None:
    sessions = [open_page(till).data["public_order_id"] for _ in range(3)]
    assert len(set(sessions)) == 3
    assert wiring.carts().get("acme", SALE) == sale


def test_a_reload_goes_on_with_the_same_order_before_and_after_it_is_paid(till: Deployment, sale: Cart) -> None:
    session = open_page(till).data
    storefront(till, session, "POST", "/customer/guest", JOHN)
    again = open_page(till, public_order_id=session["public_order_id"]).data
    assert again["public_order_id"] == session["public_order_id"]
    assert again["application_state"]["customer"]["first_name"] == "John"
    assert storefront(till, again, "GET", "/refresh").status == 200
    for path, body in (
        ("/addresses/shipping", WINNIPEG),
        ("/shipping_lines", {"index": "0"}),
        ("/taxes", None),
        ("/payments", card()),
        ("/process_order", None),
    ):
        assert storefront(till, again, "POST", path, body).status == 200
    confirmed = open_page(till, public_order_id=session["public_order_id"]).data
    assert confirmed["application_state"]["is_processed"] is True


@pytest.mark.parametrize("known", ["", "nobody's", "A" * 64, "another cart's"])
def test_an_order_that_is_not_of_this_cart_is_begun_anew(till: Deployment, sale: Cart, known: str) -> None:
    if known == "another cart's":
        wiring.carts().save(replace(sale, id="another", version=0))
        known = open_page(till, "another").data["public_order_id"]
    assert open_page(till, public_order_id=known).data["public_order_id"] != known


def test_a_live_cart_is_gone_on_with_by_its_id_until_it_is_bought(till: Deployment, sale: Cart) -> None:
    order, _ = beginnings.sessions().begin(wiring.catalog().shop("acme"), SALE)
    session = open_page(till, order.id).data
    assert session["public_order_id"] == order.public_id
    for path, body in (
        ("/customer/guest", JOHN),
        ("/addresses/shipping", WINNIPEG),
        ("/shipping_lines", {"index": "0"}),
        ("/taxes", None),
        ("/payments", card()),
        ("/process_order", None),
    ):
        assert storefront(till, session, "POST", path, body).status == 200
    refused = open_page(till, order.id)
    assert (refused.status, refused.fields) == (422, ["is_processed"])
    assert open_page(till, order.id, public_order_id=order.public_id).status == 200


def test_a_guests_cart_of_any_dialect_is_found_in_the_shop_that_is_named(till: Deployment) -> None:
    wiring.carts().save(a_cart(id="my-cart", expires_at=wiring.now() + 60))
    assert open_page(till, "my-cart", "?shop=acme").status == 200
    for query in ("?shop=other", "?shop=acme%00"):
        assert open_page(till, "my-cart", query).status == 404


@pytest.mark.parametrize("owners", [{"customers": ("01JXCVST0MER00000000000000",)}, {"accounts": ("01JXACC",)}])
def test_a_customers_own_cart_is_nobodys_to_open(till: Deployment, owners: Any) -> None:
    wiring.carts().save(a_cart(id="own", expires_at=wiring.now() + 60, **owners))
    assert (open_page(till, "own", "?shop=acme").status, open_page(till, "own", "?shop=acme").fields) == (
        404,
        ["cart_id"],
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"basket": replace(a_basket(), lines=())}, "cart"),
        ({"basket": replace(a_basket(), lines=(a_line(variant_id="01JXGONE000000000000000000"),))}, ""),
        ({"snapshot_date": "2026-01-01T00:00:00Z"}, "cart_id"),
    ],
)
def test_a_cart_that_cannot_be_checked_out_begins_nothing(till: Deployment, changes: Any, field: str) -> None:
    wiring.carts().save(a_cart(id=SALE, life_days=0, expires_at=0, **changes))
    refused = open_page(till)
    assert (refused.status, refused.fields) == (422, [field])


def test_what_the_shop_told_of_its_customer_is_filled_in(till: Deployment, sale: Cart) -> None:
    session = open_page(till, auth_token=token(till)).data
    assert session["prefill"] == "done"
    assert session["application_state"]["customer"]["email_address"] == "jane@example.com"
    assert session["application_state"]["addresses"]["shipping"]["first_name"] == "Jane"
    assert session["application_state"]["addresses"]["shipping"]["city"] == "Winnipeg"


def test_what_a_shopper_said_themselves_is_not_filled_in_again(till: Deployment, sale: Cart) -> None:
    session = open_page(till).data
    storefront(till, session, "POST", "/customer/guest", JOHN)
    again = open_page(till, public_order_id=session["public_order_id"], auth_token=token(till)).data
    assert (again["prefill"], again["application_state"]["customer"]["first_name"]) == ("none", "John")


def test_a_live_cart_that_a_platform_began_is_filled_in_when_its_page_is_opened(till: Deployment, sale: Cart) -> None:
    order, _ = beginnings.sessions().begin(wiring.catalog().shop("acme"), SALE)
    session = open_page(till, order.id, auth_token=token(till)).data
    assert (session["prefill"], session["application_state"]["customer"]["first_name"]) == ("done", "Jane")


@pytest.mark.parametrize("why", ["garbage", "another shop's", "over", "gone", "a checkout's"])
def test_a_token_that_is_not_good_is_passed_over_and_that_is_said(till: Deployment, sale: Cart, why: str) -> None:
    given = token(till, "other" if why == "another shop's" else "acme", **{"expires_at": NOON} if why == "gone" else {})
    if why == "garbage":
        given = "x.y.z"
    elif why == "over":
        given = customer_token.issue(environment().jwt_secret, "acme", "c" * 32, wiring.now() - 90_000)
    elif why == "a checkout's":
        given = open_page(till).data["jwt_token"]
    session = open_page(till, auth_token=given).data
    assert (session["prefill"], session["application_state"]["customer"]) == ("ignored", [])


def test_a_request_that_is_sent_again_begins_one_order(till: Deployment, sale: Cart) -> None:
    first, again = (open_page(till, key=KEY) for _ in range(2))
    assert first.data["public_order_id"] == again.data["public_order_id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert storefront(till, again.data, "GET", "/refresh").status == 200


def test_whoever_begins_checkout_after_checkout_is_told_to_wait_and_may_finish_one(
    till: Deployment, sale: Cart
) -> None:
    begun = open_page(till).data["public_order_id"]
    replies = [open_page(till, "nothing-here") for _ in range(120)]
    assert {reply.status for reply in replies[:119]} == {404}
    assert replies[119].status == 429
    assert 0 < int(replies[119].headers["Retry-After"]) <= 600
    assert open_page(till).status == 429
    assert open_page(till, public_order_id=begun).data["public_order_id"] == begun


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"[]", "body"),
        (b"{", "body"),
        (b'{"auth_token": 1}', "auth_token"),
        (b'{"public_order_id": []}', "public_order_id"),
    ],
)
def test_a_body_that_is_none_names_what_is_wrong(till: Deployment, sale: Cart, body: bytes, field: str) -> None:
    refused = till.page.call("POST", f"/checkout/{SALE}/session", body)
    assert (refused.status, refused.fields) == (422, [field])


def test_the_body_may_be_left_out(till: Deployment, sale: Cart) -> None:
    assert till.page.call("POST", f"/checkout/{SALE}/session").status == 200


def test_a_cart_that_was_ordered_in_another_dialect_is_not_sold_again(till: Deployment) -> None:
    """It is there still if it could not be deleted, or if the bank's word placed the order without its shopper."""
    ordered = put_ready_order(till)
    cart = wiring.carts().save(a_cart(id="t_spent", draft_order=ordered.id, expires_at=wiring.now() + 60))
    assert open_page(till, cart.id, "?shop=acme").status == 200
    wiring.orders().save(replace(ordered, status=OrderStatus.PLACED))
    refused = open_page(till, cart.id, "?shop=acme")
    assert (refused.status, refused.errors[0]["message"]) == (422, "There is nothing in this cart to check out.")
