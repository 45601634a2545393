"""Customers at a CoCart storefront: known by password or token, with one cart of their own wherever they sign in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cocart import access as cocart_access
from tests.builders import a_shop
from tests.integration.cocart.customers import PASSWORD, a_customer_of_the_shop, basic, signed_in
from tests.integration.cocart.storefront import WINNIPEG, Shopper, good, refusal
from tests.integration.deployment import Deployment, put_ready_order
from tests.integration.elasticpath.carts import put_cart
from tests.integration.elasticpath.shopping import sell
from till.application import people
from till.application.limits import Asker
from till.domain.attempt import Goal
from till.domain.people import PersonKind
from till.runtime import access, wiring

WRONG = (401, "cocart_authentication_error")


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    """What a warm function remembers of passwords."""
    cocart_access._known.clear()


def test_a_customer_signs_in_and_is_known_by_the_token(till: Deployment) -> None:
    a_customer_of_the_shop()
    reply = Shopper(till).call("POST", "login", {"username": "Jane@Example.com", "password": PASSWORD})
    said = good(reply)
    assert (said["user_id"], said["first_name"], said["last_name"], said["role"]) == ("1", "Jane", "Roe", "Customer")
    jane = Shopper(till, authorization=f"Bearer {said['extras']['jwt_token']}")
    cart = jane.add()
    assert cart["cart_key"] == reply.headers["Cart-Key"] == "1"
    assert cart["customer"]["billing_address"]["billing_email"] == "jane@example.com"
    assert Shopper(till, authorization=basic()).quantities == {"ABS": 1}
    assert good(jane.call("POST", "logout")) is True


def test_a_customers_number_stays_and_nobody_else_has_it(till: Deployment) -> None:
    jane, joe = a_customer_of_the_shop(), a_customer_of_the_shop("joe@example.com", "Joe Roe")
    assert [signed_in(till, one.email).get()["cart_key"] for one in (jane, joe, jane)] == ["1", "2", "1"]


@pytest.mark.parametrize(
    "authorization",
    [
        basic(password="not this"),
        basic("nobody@example.com"),
        basic(""),
        "Basic",
        "Basic ???",
        "Basic bm9jb2xvbg==",
        "Bearer",
        "Bearer nonsense",
        "Digest x",
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(till: Deployment, authorization: str) -> None:
    a_customer_of_the_shop()
    reply = Shopper(till, authorization=authorization).call("GET", "cart")
    assert refusal(reply) == WRONG
    message = Shopper(till, authorization=basic(password="not this")).call("GET", "cart").body
    assert reply.body == message


def test_a_wrong_password_at_the_login_is_told_no_more(till: Deployment) -> None:
    a_customer_of_the_shop()
    for name, password in (("jane@example.com", "not this"), ("nobody@example.com", PASSWORD), ("", "")):
        reply = Shopper(till).call("POST", "login", {"username": name, "password": password})
        assert refusal(reply) == WRONG


def test_passwords_cannot_be_tried_for_ever(till: Deployment) -> None:
    for _ in range(58):  # as if tried: each try is a fifth of a second of work
        wiring.limits().spend_sign_in(a_shop(), "Jane@example.com", Asker("203.0.113.7"))
    tries = [Shopper(till).call("POST", "login", {"username": "jane@example.com", "password": ""}) for _ in range(3)]
    assert [refusal(one)[0] for one in tries] == [401, 401, 429]
    reply = tries[2]
    assert int(reply.headers["Retry-After"]) > 0


def test_a_token_of_another_shop_or_purpose_or_of_an_old_password_opens_nothing(till: Deployment) -> None:
    jane = a_customer_of_the_shop()
    claims = {"shop": "acme", "person": jane.id, "sign_in": "0"}
    for type_, changes in ((access.CUSTOMER, {"shop": "other"}), (access.CUSTOMER, {"sign_in": "1"})):
        token = access.issue(type_, claims | changes, wiring.now())
        assert refusal(Shopper(till, authorization=f"Bearer {token}").call("GET", "cart")) == WRONG
    token = access.issue(access.ACCESS, {"shop": "acme", "client": "c", "grant": "implicit"}, wiring.now())
    assert refusal(Shopper(till, authorization=f"Bearer {token}").call("GET", "cart")) == WRONG
    front = Shopper(till, authorization=f"Basic {basic().partition(' ')[2]}")
    front.add()
    changed = people.change(
        wiring.people(), "acme", PersonKind.CUSTOMER, jane.id, lambda one: replace(one, sign_in=1), wiring.now()
    )
    assert changed.number == 1
    assert refusal(front.call("GET", "cart")) == WRONG


def test_what_a_guest_had_becomes_the_customers(till: Deployment) -> None:
    a_customer_of_the_shop()
    sell(till, "CUPS")
    till.offer("SAVE10")
    jane = signed_in(till)
    jane.add()
    guest = Shopper(till)
    guest.add(quantity="2")
    guest.add("CUPS")
    guest.post("cart/update", WINNIPEG)
    guest.post("cart/apply-coupon", {"code": "SAVE10"})
    merged = Shopper(till, guest.key, jane.authorization).get()
    assert {item["meta"]["sku"]: item["quantity"]["value"] for item in merged["items"]} == {"ABS": 3, "CUPS": 1}
    assert (merged["cart_key"], merged["coupons"][0]["coupon"]) == ("1", "SAVE10")
    assert merged["customer"]["shipping_address"]["shipping_city"] == "Winnipeg"
    assert merged["customer"]["billing_address"]["billing_email"] == "jane@example.com"
    assert merged["totals"]["total_tax"] != "0"
    # Once, however often the old key is sent, and the guest's cart is gone.
    assert Shopper(till, guest.key, jane.authorization).get()["item_count"] == 4
    assert guest.get()["item_count"] == 0


def test_signing_in_with_a_guests_key_merges_at_once(till: Deployment) -> None:
    a_customer_of_the_shop()
    guest = Shopper(till)
    guest.add()
    assert signed_in(till, key=guest.key).quantities == {"ABS": 1}


def test_a_merge_takes_no_more_than_there_is(till: Deployment) -> None:
    a_customer_of_the_shop()
    jane, guest = signed_in(till), Shopper(till)
    jane.add(quantity="9")
    guest.add(quantity="2")
    assert Shopper(till, guest.key, jane.authorization).quantities == {"ABS": 9}


def test_nobody_reaches_a_customers_cart_without_being_them(till: Deployment) -> None:
    jane = a_customer_of_the_shop()
    a_customer_of_the_shop("joe@example.com", "Joe Roe")
    signed_in(till).add()
    [cart] = wiring.carts().of("acme", jane.id)
    assert Shopper(till, "1").get()["items"] == []
    assert refusal(Shopper(till, cart.id).call("GET", "cart")) == (401, "cocart_rest_authentication_required")
    assert refusal(Shopper(till, cart.id).call("POST", "cart/clear"))[0] == 401
    joe = signed_in(till, "joe@example.com")
    assert refusal(Shopper(till, cart.id, joe.authorization).call("GET", "cart"))[0] == 401
    assert Shopper(till, "1", joe.authorization).get()["cart_key"] == "2"


def test_a_number_without_its_customer_is_no_key(till: Deployment) -> None:
    a_customer_of_the_shop()
    jane = signed_in(till)
    jane.add()
    cart = Shopper(till, "1").add(quantity="5")
    assert cart["cart_key"].startswith("t_")
    assert (jane.get()["item_count"], cart["item_count"]) == (1, 5)


def test_a_customer_may_use_a_cart_that_another_dialect_made_for_them(till: Deployment) -> None:
    jane = a_customer_of_the_shop()
    put_cart("their-cart", customers=(jane.id,))
    front = signed_in(till)
    theirs = Shopper(till, "their-cart", front.authorization)
    assert theirs.get()["cart_key"] == "their-cart"
    theirs.add()
    assert theirs.get()["item_count"] == 2
    assert front.get()["item_count"] == 0


def test_customers_have_their_cart_already(till: Deployment) -> None:
    a_customer_of_the_shop()
    assert refusal(signed_in(till).call("POST", "cart")) == (403, "cocart_cart_already_exists")


def test_a_purchase_that_left_its_cart_behind_is_not_merged_again(till: Deployment) -> None:
    jane = a_customer_of_the_shop()
    front = signed_in(till)
    front.add(quantity="2")
    [cart] = wiring.carts().of("acme", jane.id)
    order = put_ready_order(till)
    till.placing().submit("acme", order.public_id, Goal.PROCESS)
    wiring.carts().save(replace(cart, draft_order=order.id))
    guest = Shopper(till)
    guest.add()
    assert Shopper(till, guest.key, front.authorization).quantities == {"ABS": 1}
