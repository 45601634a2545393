"""One person's data: told on demand, erased on demand, in no log, and gone by itself when it is not needed."""

from __future__ import annotations

import json
import logging
import zlib
from dataclasses import replace
from typing import Any

import pytest

from merchant.customers.app import app as customers_app
from tests.builders import a_payment, an_address
from tests.integration.api import Api, Reply
from tests.integration.deployment import ROOT_TOKEN, TABLES, Deployment, put_ready_order
from tests.integration.elasticpath.carts import put_cart
from tests.integration.placed import Placed
from tests.integration.shopper import BREWER, WINNIPEG, Shopper, card
from tests.proof import Guarantee, Proof, proves
from till.adapters import aws
from till.adapters.log import Listed
from till.domain.basket import Customer
from till.runtime import beginnings, wiring

type Json = dict[str, Any]

SHOP = "/merchant/shops/acme"
JOHN = "Jonathan.Doefield@Example.com"
JANE = "jane.other@example.net"
# Of whom and where, however it is written.
PERSONAL = ("onathan", "oefield", "Fultz", "Winnipeg", "R3Y 0L6", "678-9087", "6789087", "Ring twice", "wordpass")
ADDRESS = WINNIPEG | {"first_name": "Jonathan", "last_name": "Doefield"}


def merchant(path: str, body: Json | None = None, method: str = "POST") -> Reply:
    return Api([customers_app]).call(method, f"{SHOP}{path}", body, {"Authorization": f"Bearer {ROOT_TOKEN}"})


def asked(what: str, **whom: str) -> Json:
    found: Json = merchant(f"/customers/{what}", whom).data
    return found


def ordered(till: Deployment, email: str = JOHN, pays: bool = True) -> Placed:
    """An order by a customer of the merchant's, who lets their card be kept."""
    who = {"platform_id": f"crm-{email[:4]}", "email_address": email, "first_name": "Jonathan", "last_name": "Doefield"}
    shopper = Shopper(till, cart_items=[BREWER], customer={**who, "accepts_marketing": False})
    steps: list[tuple[str, Json | None]] = [
        ("/addresses/shipping", ADDRESS),
        ("/addresses/billing", ADDRESS),
        ("/shipping_lines", {"index": "0"}),
        ("/taxes", None),
        ("/payments", card(retain=True)),
        ("/meta_data", {"notes": "Ring twice at Doefield", "cart_parameters": {}, "note_attributes": {}, "tags": []}),
        *([("/process_order", None)] if pays else []),
    ]
    for path, body in steps:
        reply = shopper.post(path, body)
        assert reply.status == 200, reply.raw
    return Placed(till, shopper.order_id)


def a_life(till: Deployment) -> tuple[Placed, Placed, Placed]:
    """Everywhere where a shop can know John: an order that was sent, one that was not, one that never came to be."""
    sent, waiting, never = ordered(till), ordered(till), ordered(till, pays=False)
    assert sent.post("fulfil").status == 200
    till.deliver_streams()
    john = merchant("/customers", {"email": JOHN, "name": "Jonathan Doefield", "password": "wordpass-wordpass"})
    assert john.status == 201
    account = merchant("/accounts", {"name": "Doefield & Sons"}).body["data"]["id"]
    assert merchant(f"/accounts/{account}/members", {"email": JOHN, "name": "Jonathan"}).status == 201
    put_cart("cart-1", contact={"email": JOHN.lower(), "name": "Jonathan"})
    put_cart("cart-2", customers=(john.body["data"]["id"],))
    beginnings.minting().mint("acme", JOHN, an_address(first_name="Jonathan"))
    return sent, waiting, never


def stored() -> list[tuple[Json, str]]:
    """Every item of every table, and what it says."""
    client = aws.client("dynamodb")
    items = [item for table in TABLES.values() for item in client.scan(TableName=table.lower())["Items"]]
    return [(item, "".join(map(_read, item.values()))) for item in items]


def _read(value: Any) -> str:
    packed = value.get("B")
    if not packed:
        return str(value)
    return zlib.decompress(packed[1:] if packed[:1] == b"\x01" else packed).decode()


def named(items: list[tuple[Json, str]]) -> list[str]:
    """Where any of it stands, but for answers that are kept for a day under the key of their request."""
    kept = [(item["sk"]["S"], text) for item, text in items if item["sk"]["S"] != "IDEMPOTENCY"]
    return [sk for sk, text in kept if any(one in text for one in PERSONAL)]


@proves(Guarantee.PERSONAL_DATA)
def test_all_that_is_kept_of_a_customer_is_told(till: Deployment, proof: Proof) -> None:
    orders = a_life(till)
    ordered(till, JANE)
    told = asked("export", email=JOHN.upper(), platform_id="crm-Jona")
    assert sorted(told["order_ids"]) == sorted(one.id for one in orders)
    assert {one["shipping_address"]["city"] for one in told["orders"]} == {"Winnipeg"}
    assert {one["notes"]["notes"] for one in told["orders"]} == {"Ring twice at Doefield"}
    assert [one["name"] for one in told["customers"] + told["members"] + told["accounts"]] == [
        "Jonathan Doefield",
        "Jonathan",
        "Doefield & Sons",
    ]
    assert sorted(one["id"] for one in told["carts"]) == ["cart-1", "cart-2"]
    assert [one["address"]["first_name"] for one in told["sessions"]] == ["Jonathan"]
    assert (told["platform_ids"], len(told["saved_payments"])) == (["crm-Jona"], 1)
    assert JANE not in json.dumps(told)
    assert "scrypt" not in json.dumps(told)
    by_id = asked("export", customer_id=told["customers"][0]["id"], platform_id="crm-Jona")
    assert by_id == told
    counted = ", ".join(f"{len(told[kind])} {kind}" for kind in ("orders", "carts", "sessions", "saved_payments"))
    proof.saw("export of one customer, by e-mail address and by id", f"{counted}; 0 of another customer's")


@proves(Guarantee.PERSONAL_DATA)
def test_a_customer_is_erased_and_an_order_that_is_still_to_be_sent_keeps_its_name(
    till: Deployment, proof: Proof
) -> None:
    sent, waiting, never = a_life(till)
    janes = ordered(till, JANE)
    before = len(named(stored()))
    erased = asked("erase", email=JOHN, platform_id="crm-Jona")
    assert erased["kept"] == [{"order_id": waiting.id, "status": "placed"}]
    assert (erased["people"], erased["orders"], erased["carts"], erased["saved_payments"]) == (0, 2, 2, 1)
    assert (sent.detail["anonymized"], sent.detail["total"]) == (True, 26200)
    till.clock.pass_(seconds=2)
    assert till.orders_at().get("acme", never.id) is None
    # What is sent now can be forgotten now.
    assert waiting.post("fulfil").status == 200
    till.deliver_streams()
    again = asked("erase", email=JOHN, platform_id="crm-Jona")
    assert again == erased | {
        "people": 2,
        "carts": 0,
        "sessions": 0,
        "saved_payments": 0,
        "kept": [],
        "orders": 1,
    }
    assert asked("export", email=JOHN)["order_ids"] == []
    janes_own = named([(item, text) for item, text in stored() if JANE in text or janes.id in item["pk"]["S"]])
    after = len(named(stored())) - len(janes_own)
    proof.saw(
        "erase of a customer with 3 orders, 2 carts, an account, a session and a saved card; again once all was sent",
        f"{before - len(janes_own)} items with personal data before, {after} after; {len(janes_own)} of another's stay",
    )
    assert after == 0
    assert len(janes_own) > 0


def test_a_cart_that_is_others_too_is_left_to_them_without_the_person(till: Deployment) -> None:
    john, jane = (
        merchant("/customers", {"email": email, "name": "Jonathan"}).body["data"]["id"] for email in (JOHN, JANE)
    )
    account = merchant("/accounts", {"name": "Others"}).body["data"]["id"]
    for email in (JOHN, JANE):
        assert merchant(f"/accounts/{account}/members", {"email": email, "name": "Jonathan"}).status == 201
    where = an_address(first_name="Jonathan")
    his = replace(put_cart().basket, shipping_address=where, customer=Customer(wiring.new_id(), JOHN, "Jonathan"))
    put_cart("his", customers=(john, jane), basket=his)
    hers = replace(his, customer=Customer(wiring.new_id(), JANE, "Jane"))
    put_cart("hers", customers=(john, jane), basket=hers)
    put_cart("works", accounts=(account,), contact={"email": JOHN})
    told = asked("export", email=JOHN)
    assert (told["carts"], sorted(told["shared_cart_ids"])) == ([], ["hers", "his", "works"])
    assert asked("erase", email=JOHN) | {"carts": 0, "shared_carts": 3} == asked("erase", email="x@example.com") | {
        "people": 2,
        "shared_carts": 3,
    }
    left = {cart_id: wiring.carts().get("acme", cart_id) for cart_id in ("his", "hers", "works")}
    assert [cart.owners for cart in left.values() if cart] == [(jane,), (jane,), (account,)]
    assert [cart.email for cart in left.values() if cart] == ["", JANE, ""]
    assert [cart.basket.shipping_address for cart in left.values() if cart] == [None, where, None]
    assert all(cart and cart.basket.lines for cart in left.values())
    assert wiring.carts().of("acme", john) == []
    assert len(wiring.carts().of("acme", jane)) == 2


def test_what_an_account_of_ones_own_has_is_ones_own(till: Deployment) -> None:
    account = merchant("/accounts", {"name": "Doefield & Sons"}).body["data"]["id"]
    merchant(f"/accounts/{account}/members", {"email": JOHN, "name": "Jonathan"})
    put_cart("own", accounts=(account,), contact={"email": JOHN})
    assert [one["id"] for one in asked("export", email=JOHN)["carts"]] == ["own"]
    assert asked("erase", email=JOHN)["carts"] == 1
    assert wiring.carts().get("acme", "own") is None


def test_what_only_an_order_says_that_one_is_called_deletes_nothing_of_whoever_is_called_so(till: Deployment) -> None:
    mallory = "jonathan@evil.example"
    ordered(till)
    assert ordered(till, mallory).post("fulfil").status == 200
    till.deliver_streams()
    told = asked("export", email=mallory)
    assert (told["platform_ids"], told["saved_payments"]) == (["crm-jona"], [])
    assert asked("erase", email=mallory)["saved_payments"] == 0
    theirs = wiring.saved_payments().of("acme", "crm-jona")
    assert len(theirs) == 1
    assert asked("erase", email=mallory, platform_id="crm-jona")["saved_payments"] == 1
    assert wiring.saved_payments().of("acme", "crm-jona") == []
    assert len(wiring.saved_payments().of("acme", "crm-Jona")) == 1


def test_a_customer_stays_while_an_order_of_theirs_is_to_be_sent(till: Deployment) -> None:
    john = merchant("/customers", {"email": JOHN, "name": "Jonathan"}).body["data"]["id"]
    waiting = ordered(till)
    first = asked("erase", customer_id=john)
    assert (first["people"], first["kept"]) == (0, [{"order_id": waiting.id, "status": "placed"}])
    assert asked("export", customer_id=john)["order_ids"] == [waiting.id]
    assert waiting.post("fulfil").status == 200
    till.deliver_streams()
    last = asked("erase", customer_id=john)
    assert (last["people"], last["orders"], last["kept"]) == (1, 1, [])
    assert merchant("/customers/erase", {"customer_id": john}).status == 404


def test_whoever_is_not_known_has_nothing(till: Deployment) -> None:
    told = asked("export", email="nobody@example.com")
    assert not any(told.values())
    assert asked("erase", email="nobody@example.com")["orders"] == 0
    assert merchant("/customers/erase", {"customer_id": "nobody"}).status == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "x"},
        {"email": JOHN, "customer_id": "1"},
        {"name": "John"},
        {"platform_id": "x"},
        {"email": JOHN, "platform_id": "x" * 256},
        None,
    ],
)
def test_it_must_be_said_whom_it_is_about(till: Deployment, body: Json | None) -> None:
    assert merchant("/customers/export", body).status == 422
    assert merchant("/customers/erase", body).status == 422


def test_an_order_that_is_being_paid_is_left_alone(till: Deployment) -> None:
    customer = Customer("01JXCVST0MER00000000000000", JOHN, "Jonathan")
    order = put_ready_order(till, payments=(a_payment(token="tok_requires_action", amount=26200),))
    order = wiring.orders().save(order.with_basket(replace(order.basket, customer=customer)))
    Shopper(till, order).post("/process_order")
    assert asked("erase", email=JOHN)["kept"] == [{"order_id": order.id, "status": "parked"}]


@proves(Guarantee.PERSONAL_DATA)
def test_no_log_knows_a_shopper(till: Deployment, caplog: pytest.LogCaptureFixture, proof: Proof) -> None:
    caplog.set_level(logging.INFO)
    a_life(till)
    asked("export", email=JOHN)
    asked("erase", email=JOHN)
    ours = [record for record in caplog.records if "till" in record.pathname or "functions" in record.pathname]
    lines = [Listed().format(record) for record in ours]
    found = [line for line in lines if any(text in line for text in (*PERSONAL, "xample.com"))]
    proof.saw("a customer's orders, account, carts, export and erasure", f"0 names in {len(lines)} lines of logs")
    assert len(lines) > 20
    assert found == []


@proves(Guarantee.PERSONAL_DATA)
def test_what_holds_a_name_ends_or_is_a_customers_or_of_an_order_that_was_placed(
    till: Deployment, proof: Proof
) -> None:
    _, _, never = a_life(till)
    declined = Shopper.through_all_steps(till, BREWER)
    declined.call("DELETE", "/payments", card())
    declined.post("/payments", card("tok_decline"))
    assert declined.post("/process_order").status == 422
    lasting = set()
    items = stored()
    placed = {item["pk"]["S"] for item, _ in items if "gsi1pk" in item}
    for item, text in items:
        if any(one in text for one in (*PERSONAL, "last_characters")) and "expires_at" not in item:
            lasting.add("an order that was placed" if item["pk"]["S"] in placed else item["sk"]["S"].partition("#")[0])
    ending = sum("expires_at" in item for item, _ in items)
    proof.saw("every item of every table after a customer's life", f"{ending} end by themselves; lasting: {lasting}")
    assert lasting <= {"an order that was placed", "PERSON", "ACCOUNT", "PAYMENT"}
    unplaced = [item for item, _ in items if f"#ORDER#{never.id}" in item["pk"]["S"]]
    failed = [item for item, _ in items if f"#ORDER#{declined.order_id[:26]}" in item["pk"]["S"]]
    assert all("expires_at" in item for item in unplaced + failed if item["kind"]["S"] in ("ORDER", "ATTEMPT"))
    assert {item["kind"]["S"] for item in failed} >= {"ORDER", "ATTEMPT"}
