"""One shop in the words of each dialect: a cart is made in one and paid in another."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

import httpx

from elasticpath.ids import ulid_of
from scripts.checkout_client import Checkout, Json, Merchant, Stack, good, item
from tests.builders import PLENTY
from tests.clients.diddo_client import JANE, Diddo

# What every cart has: two of this for 19.99, ten percent off, sent to New York.
SKU, QUANTITY, PRICE, CODE = "POSTER", 2, "19.99", "TENOFF"
SHIPPING = 500
RATES = [{"code": "standard", "description": "Standard", "amount": "5.00"}]
NAME = {"first_name": JANE["first_name"], "last_name": JANE["last_name"]}
IN_BOLDS_WORDS = NAME | {
    "address_line_1": JANE["address1"],
    "address_line_2": JANE["address2"],
    "city": JANE["city"],
    "province": "New York",
    "province_code": JANE["province_code"],
    "country": "United States",
    "country_code": JANE["country_code"],
    "postal_code": JANE["postal_code"],
    "business_name": "",
    "phone_number": JANE["phone"],
}
IN_ELASTIC_PATHS_WORDS = NAME | {
    "line_1": JANE["address1"],
    "line_2": JANE["address2"],
    "city": JANE["city"],
    "region": JANE["province_code"],
    "postcode": JANE["postal_code"],
    "country": JANE["country_code"],
}
IN_COCARTS_WORDS = NAME | {
    "email": JANE["email"],
    "phone": JANE["phone"],
    "address_1": JANE["address1"],
    "address_2": JANE["address2"],
    "city": JANE["city"],
    "state": JANE["province_code"],
    "postcode": JANE["postal_code"],
    "country": JANE["country_code"],
}


@dataclass(frozen=True)
class Everywhere:
    """A shop with a storefront in each dialect."""

    http: httpx.Client
    stack: Stack
    owner: Merchant
    diddo: Diddo
    client: Json
    variant: str

    @classmethod
    def opened(cls, http: httpx.Client, stack: Stack) -> Everywhere:
        """New, with one product, one code and one way to ship, in a state that taxes both."""
        owner = Merchant(http.request, f"pairs-{uuid.uuid4().hex[:8]}", stack.merchant_token)
        headers = {"Authorization": f"Bearer {stack.merchant_token}"}
        wanted = {
            "identifier": owner.shop,
            "name": "Posters",
            "currency": "USD",
            "country": "US",
            "settings": {"limits": PLENTY},
        }
        good(http.post("/merchant/shops", json=wanted, headers=headers))
        home: Json = {"name": "At home", "regions": [{"country": "US"}]}
        tax = {"rates": [{"name": "Sales tax", "rate": "8.875"}], "tax_shipping": True}
        owner.ask("PUT", "/shipping_zones/us", home | {"rates": RATES})
        owner.ask("PUT", "/tax_zones/us", home | tax)
        owner.ask("PUT", "/gateways/cards", {"kind": "sandbox", "name": "Sandbox"})
        owner.ask("PUT", f"/discounts/{CODE}", {"kind": "percentage", "percent": "10", "text": "Ten percent off"})
        variants = [{"sku": SKU, "prices": {"USD": PRICE}, "weight_grams": 100}]
        product = {"handle": "poster", "title": "Poster", "variants": variants}
        made = owner.ask("PUT", "/products", product)["data"]["variants"][0]
        owner.ask("PUT", f"/stock/{SKU}", {"on_hand": 100})
        key = {"name": "Posters", "scopes": ["checkout"], "shop": owner.shop}
        secret = good(http.post("/merchant/tokens", json=key, headers=headers))["data"]["secret"]
        client = owner.ask("POST", "/clients", {"name": "Posters"})["data"]
        return cls(http, replace(stack, shop=owner.shop), owner, Diddo(http, secret), client, made["id"])

    def elastic_path(self, method: str, path: str, data: object, trusted: bool = False) -> Json:
        """The answer to a storefront of Elastic Path's, or to its back end."""
        form = {"grant_type": "implicit", "client_id": self.client["client_id"]}
        if trusted:
            form = self.client | {"grant_type": "client_credentials"}
        form = {name: form[name] for name in ("grant_type", "client_id", "client_secret") if name in form}
        token = good(self.http.post("/oauth/access_token", data=form))["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        return good(self.http.request(method, f"/v2{path}", json={"data": data}, headers=headers))

    def cocart(self, method: str, path: str, body: Json, key: str = "") -> Json:
        """The answer to a site of CoCart's."""
        headers = {"Cart-Key": key} if key else {}
        path = f"/cocart/{self.owner.shop}/wp-json/cocart/{path}"
        return good(self.http.request(method, path, json=body, headers=headers))

    def session(self, cart_id: str) -> Checkout:
        """What the checkout page begins with: no key, only the id of a cart."""
        begun = good(self.http.post(f"/checkout/{cart_id}/session", params={"shop": self.owner.shop}))["data"]
        order, token = begun["public_order_id"], begun["jwt_token"]
        return Checkout(self.http.request, self.owner.shop, order, token, begun["application_state"])


# Carts: each is made as far as its dialect can, and known by its id.


def made_in_bold(shop: Everywhere) -> str:
    body: Json = {"cart_items": [item(SKU, QUANTITY)], "keep_cart": True}
    headers = {"Authorization": f"Bearer {shop.stack.merchant_token}"}
    begun = good(shop.http.post(f"/checkout/orders/{shop.owner.shop}/init", json=body, headers=headers))
    cart_id: str = begun["data"]["cart_id"]
    return cart_id


def made_in_elastic_path(shop: Everywhere) -> str:
    cart_id = f"cart-{uuid.uuid4().hex[:12]}"
    bought = {"type": "cart_item", "sku": SKU, "quantity": QUANTITY}
    shop.elastic_path("POST", f"/carts/{cart_id}/items", bought)
    shop.elastic_path("POST", f"/carts/{cart_id}/items", {"type": "promotion_item", "code": CODE})
    return cart_id


def made_in_diddo(shop: Everywhere) -> str:
    return shop.diddo.template(shop.variant, QUANTITY)


def made_in_cocart(shop: Everywhere) -> str:
    key: str = shop.cocart("POST", "v2/cart/add-item", {"id": SKU, "quantity": str(QUANTITY)})["cart_key"]
    shop.cocart("POST", "v2/cart/apply-coupon", {"code": CODE}, key)
    return key


# Payments: of a cart with that id, whoever made it; the order's id.


def paid_in_bold(shop: Everywhere, cart_id: str) -> str:
    return _bought(shop, shop.session(cart_id).fill_in(IN_BOLDS_WORDS))


def paid_in_diddo(shop: Everywhere, cart_id: str) -> str:
    live = shop.diddo.begin(cart_id)["cart_id"]
    shop.diddo.ship(live)
    cart = shop.session(live)
    cart.ask("POST", "/addresses/billing", IN_BOLDS_WORDS)
    return _bought(shop, cart)


def _bought(shop: Everywhere, cart: Checkout) -> str:
    if not cart.state["discounts"]:
        cart.ask("POST", "/discounts", {"code": CODE})
    cart.ask("POST", "/taxes")
    cart.pay("cards", "tok_approve")
    good(cart.process())
    order_id: str = shop.owner.order(cart.order)["id"]
    return order_id


def paid_in_elastic_path(shop: Everywhere, cart_id: str) -> str:
    path = f"/carts/{cart_id}"
    items = shop.elastic_path("GET", f"{path}/items", None)["data"]
    if not any(one["type"] == "promotion_item" for one in items):
        path = _with_code(shop, path)
    price: Json = {"base": SHIPPING, "total": SHIPPING}
    group = {"shipping_type": "standard", "shipping_price": price}
    shop.elastic_path("POST", f"{path}/shipping-groups", group, trusted=True)
    buyer = {"name": " ".join(NAME.values()), "email": JANE["email"]}
    addresses = {"billing_address": IN_ELASTIC_PATHS_WORDS, "shipping_address": IN_ELASTIC_PATHS_WORDS}
    order: str = shop.elastic_path("POST", f"{path}/checkout", {"customer": buyer} | addresses)["data"]["id"]
    card = {"gateway": "sandbox", "method": "purchase", "payment": "tok_approve"}
    shop.elastic_path("POST", f"/orders/{order}/payments", card)
    return ulid_of(order)


def paid_in_cocart(shop: Everywhere, cart_id: str) -> str:
    key, body = cart_id, {"billing_address": IN_COCARTS_WORDS}
    answer = shop.cocart("PUT", "preview/checkout", body, key)
    key = answer["cart_key"]  # another one for a cart of the shop's own: it is copied
    if answer["cart_totals"]["discount_total"] == "0.00":
        shop.cocart("POST", "v2/cart/apply-coupon", {"code": CODE}, key)
    [method] = [one["id"] for one in answer["shipping_methods"].values() if one["method_id"] == "standard"]
    shop.cocart("PUT", "preview/checkout", {"shipping_method": method}, key)
    paid: Json = {"payment_method": "cards", "payment_data": [{"key": "token", "value": "tok_approve"}]}
    done = shop.cocart("POST", "preview/checkout", body | paid, key)
    assert done["payment_result"]["payment_status"] == "success", done
    order_id: str = shop.owner.order(done["order_key"].removeprefix("wc_order_"))["id"]
    return order_id


def _with_code(shop: Everywhere, path: str) -> str:
    """Of the cart with the code. One of the shop's own is nobody's to change: a copy of it has the code."""
    code = {"type": "promotion_item", "code": CODE}
    try:
        shop.elastic_path("POST", f"{path}/items", code)
    except httpx.HTTPStatusError as refused:
        if refused.response.status_code != httpx.codes.FORBIDDEN:
            raise
        template = path.rpartition("/")[2]
        path = f"/carts/cart-{uuid.uuid4().hex[:12]}"
        shop.elastic_path("POST", f"{path}/items", {"type": "cart_items", "cart_id": template})
        shop.elastic_path("POST", f"{path}/items", code)
    return path


MADE: dict[str, Callable[[Everywhere], str]] = {
    "bold": made_in_bold,
    "elasticpath": made_in_elastic_path,
    "diddo": made_in_diddo,
    "cocart": made_in_cocart,
}
PAID: dict[str, Callable[[Everywhere, str], str]] = {
    "bold": paid_in_bold,
    "elasticpath": paid_in_elastic_path,
    "diddo": paid_in_diddo,
    "cocart": paid_in_cocart,
}
