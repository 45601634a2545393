"""What every route of this dialect has in common: of which shop and whose cart it is, what is told besides.

Wire format: CoCart 4.3.6 for the headers `CoCart-...`, its newer clients for `Cart-Key`, `ETag` and `CoCart-Cache`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cocart.access import customer
from cocart.errors import AUTHENTICATION_REQUIRED, CART, PRIVATE, CoCartDialect
from cocart.wire import is_destined
from till.application.idempotency import Answer
from till.application.identifiers import steady_ulid
from till.domain.basket import Basket, Customer
from till.domain.cart import DAY_SECONDS, LIFE_SECONDS, Cart
from till.domain.errors import Forbidden, Invalid, NotFound, Refused, Unauthenticated
from till.domain.item_taxes import with_item_taxes
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import App, Handler, Kind, Request
from till.runtime.location import RESERVED
from till.runtime.settings import environment

if TYPE_CHECKING:
    from till.domain.people import Person

wiring.at_init(wiring.carts)

LONG, SHORT = "/cocart/{shop}/wp-json/cocart", "/wp-json/cocart"
VERSION = "4.3.6"
GUEST = "t_"
_GUEST_BYTES = 15
_KEY_HEADERS = ("cart-key", "cocart-api-cart-key")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,255}")
_YES = ("1", "true")

type Edit = Callable[[Cart, Shopper], Cart]
# The body of an answer; most are objects, but CoCart also answers with lists, numbers and text.
type Render = Callable[[Cart, Shopper], Any]


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who asks, and which cart is theirs: `key` is what they call it, `cart_id` what it is stored under.

    A guest has no `person`. A customer may still send `other_key`, of a cart from before they signed in. `is_new` is a
    guest who sent no key.
    """

    shop: Shop
    key: str
    cart_id: str
    person: Person | None = None
    other_key: str = ""
    is_new: bool = False

    @property
    def customer_id(self) -> int:
        """The customer's number, 0 of a guest."""
        return self.person.number if self.person else 0

    def key_of(self, cart: Cart) -> str:
        """What the shopper calls a cart."""
        return self.key if cart.id == self.cart_id else cart.id


def cocart(dialect: CoCartDialect = CART) -> App:
    """An app whose routes are of a shop's guests and customers."""
    return App(dialect, authenticate, shop_of)


def route(
    app: App, method: str, path: str, kind: Kind, summary: str, takes: str = "", also: tuple[str, ...] = ()
) -> Callable[[Handler], Handler]:
    """Declare a route by what follows `/cocart/{shop}/wp-json/cocart/`, and `/wp-json/cocart/` for the default shop."""
    return app.route(method, f"{LONG}/{path}", kind, summary, takes, also=(f"{SHORT}/{path}", *also))


def shop_of(request: Request) -> str:
    """The shop of the path, or the deployment's default. Raises `NotFound` where there is neither."""
    shop = request.path.get("shop") or environment().default_shop
    if not shop:
        raise NotFound("No route was found matching the URL and request method.", "shop")
    return shop


def authenticate(request: Request) -> str:
    """The customer, or the guest's cart; what others may know, too, counts only from where it was sent."""
    person, key = customer(request, shop_of(request)), _guests_key(request)
    if person:
        return f"customer {person.id}"
    return key if key.startswith(GUEST) else f"{key} {request.address}"


def shopper(request: Request) -> Shopper:
    """Who asks. A guest without a key gets a new one at each call. Raises `Unauthenticated`, `Invalid`, `NotFound`."""
    shop = wiring.catalog().shop(shop_of(request))
    person = customer(request, shop.identifier)
    if person is None:
        key = _guests_key(request)
        new = key or new_key()
        return Shopper(shop, new, new, is_new=not key)
    return customers(shop, person, _sent_key(request))


def customers(shop: Shop, person: Person, key: str) -> Shopper:
    """A customer, and the key that they sent, if any."""
    own = Shopper(shop, str(person.number), cart_id_of(person), person)
    return own if key in ("", own.key, own.cart_id) else replace(own, other_key=key)


def has_cart(request: Request) -> bool:
    """Was a key sent, or is it a customer, who always has a cart?"""
    return bool(_guests_key(request) or customer(request, shop_of(request)))


def new_key() -> str:
    """What a guest's cart is called."""
    return GUEST + os.urandom(_GUEST_BYTES).hex()


def cart_id_of(person: Person) -> str:
    """What a customer's cart is stored under. Who registered them knows their id; by what, nobody is told."""
    return steady_ulid(f"cocart {person.shop} {person.id} {person.registered_by}")


def change(request: Request, edit: Edit, render: Render, status: int = 200) -> Answer:
    """Edit the shopper's cart and answer it, taxed where its place is known. A template stays as it is: a copy of it
    under a new key is edited."""
    who = meant(shopper(request))

    def answered(cart: Cart) -> Answer:
        return told(request, who, cart, render(cart, who), status)

    def changed(cart_id: str, template: Cart | None = None) -> Answer:
        def edited(cart: Cart) -> Cart:
            begun = _copied(cart, template) if template and not cart.version else cart
            return edit(_own(allowed(unspent(begun), who), who), who)

        return wiring.cart_editor().change(who.shop, cart_id, edited, answered, request.claim, finishing())

    try:
        answer = changed(who.cart_id)
    except Forbidden:  # of a template only
        answer = changed(new_key(), wiring.cart_editor().read(who.shop, who.cart_id))
    return _with_key_told(answer, request, who) if answer.replayed else answer


def read(request: Request, render: Render) -> Answer:
    """The shopper's cart as it is; an empty one where there is none."""
    who = meant(shopper(request))
    cart = allowed(unspent(wiring.cart_editor().read(who.shop, who.cart_id)), who)
    return told(request, who, cart, render(cart, who))


def meant(who: Shopper) -> Shopper:
    """The shopper with the cart that their key means: what a customer had as a guest becomes part of their own cart.

    Raises `Unauthenticated` for a cart of others.
    """
    if not who.other_key:
        return who
    other = wiring.carts().get(who.shop.identifier, who.other_key)
    if other is None or unspent(other) is not other:
        return replace(who, other_key="")
    if other.owners or other.is_template:
        allowed(other, who)
        return replace(who, key=other.id, cart_id=other.id, other_key="")
    wiring.merging().merge(who.shop, other.id, who.cart_id, lambda cart: _own(unspent(cart), who), finishing())
    return replace(who, other_key="")


def unspent(cart: Cart) -> Cart:
    """The cart, or what is left of one that was ordered and could not be deleted."""
    if not cart.draft_order:
        return cart
    # Loaded for carts that somebody tried to check out.
    from till.application.drafting import placed

    return cart.emptied() if placed(wiring.orders(), cart) else cart


def allowed(cart: Cart, who: Shopper) -> Cart:
    """The cart, unless it is others'. Raises `Unauthenticated`."""
    if cart.owners and (who.person is None or who.person.id not in cart.owners):
        raise Unauthenticated("Authentication or valid cart key required.", "cart_key", AUTHENTICATION_REQUIRED)
    return cart


def finishing() -> Callable[[Basket, Shop], Basket]:
    """What follows from each change of a basket: the first way of shipping where none is chosen, as WooCommerce has it,
    and taxes where they can be known. To be made once for each request."""
    from till.application.quoting import Quoting

    quoting = Quoting(wiring.taxes())

    def finished(basket: Basket, shop: Shop) -> Basket:
        if basket.shipping is None and is_destined(basket) and (offers := basket.shipping_offers(shop)):
            basket = basket.with_shipping(offers[0])
        if basket.tax_items:
            return with_item_taxes(basket, shop)
        place = basket.tax_address
        if not basket.lines or place is None or not place.country_code:
            return replace(basket, taxes=None)
        try:
            return quoting.taxed(basket, shop)
        except Refused:  # the checkout asks again, and says so
            return replace(basket, taxes=None)

    return finished


def told(request: Request, who: Shopper, cart: Cart, body: Any, status: int = 200) -> Answer:
    """An answer with what every answer about a cart tells in its headers; 304 where the client has it already."""
    headers = PRIVATE | _key_headers(who.key_of(cart), cart.expires_at, request.now)
    if request.method != "GET":
        return Answer(status, body, headers)
    if request.query.get("_skip_cache", "").lower() in _YES:
        return Answer(status, body, headers | {"CoCart-Cache": "SKIP"})
    etag = _etag(body)
    headers["ETag"] = etag
    if etag in request.headers.get("if-none-match", "").replace(" ", "").split(","):
        return Answer(304, {}, headers | {"CoCart-Cache": "HIT"})
    return Answer(status, body, headers | {"CoCart-Cache": "MISS"})


def is_yes(request: Request, name: str) -> bool:
    """Does the query say so?"""
    return request.query.get(name, "").lower() in _YES


def sent(request: Request) -> Mapping[str, Any]:
    """What was sent, in the body or in the query, as WordPress takes both. Raises `Invalid`."""
    body = {} if request.body is None or request.body == [] else request.body
    if not isinstance(body, dict):
        raise Invalid("This must be a JSON object.", "body")
    return {**request.query, **body}


def _sent_key(request: Request) -> str:
    """The key of a cart, "" without one. Raises `Invalid` for what is none."""
    named = [request.headers.get(name, "") for name in _KEY_HEADERS]
    key = next(filter(None, (*named, request.query.get("cart_key", ""))), "").strip()
    if key and (not _KEY.fullmatch(key) or key in RESERVED):
        message = "A cart key has up to 255 of the characters a-z, A-Z, 0-9, _ and -."
        raise Invalid(message, "cart_key", "cocart_invalid_cart_key")
    return key


def _guests_key(request: Request) -> str:
    """The same of who has not signed in. A number is a customer's key, and anybody could guess it: clients that
    still send it after signing out are guests without a key, and are told a new one."""
    key = _sent_key(request)
    return "" if key.isdecimal() else key


def _own(cart: Cart, who: Shopper) -> Cart:
    """The cart of whoever is signed in, who is known by the address that they signed in with."""
    if who.person is None:
        return cart
    first, _, last = who.person.name.partition(" ")
    buyer = Customer(who.person.id, who.person.email, first, last, is_guest=False)
    customers = cart.customers if who.person.id in cart.owners else (*cart.customers, who.person.id)
    return replace(cart, customers=customers, basket=replace(cart.basket, customer=buyer))


def _copied(cart: Cart, template: Cart) -> Cart:
    """A new cart with what is in a template."""
    return replace(
        cart,
        basket=template.basket,
        custom_discounts=template.custom_discounts,
        shipping_groups=template.shipping_groups,
        attributes=template.attributes,
    )


def _with_key_told(answer: Answer, request: Request, who: Shopper) -> Answer:
    """What was answered before, which kept no headers: a new guest's key is in its body."""
    body = answer.body
    key = body.get("cart_key", "") if isinstance(body, dict) else ""
    headers = _key_headers(str(key) or who.key, 0, request.now) if key or not who.is_new else {}
    return replace(answer, headers=PRIVATE | headers)


def _key_headers(key: str, expires_at: int, now: int) -> dict[str, str]:
    ends = expires_at or now + LIFE_SECONDS
    return {
        "Cart-Key": key,
        "CoCart-API-Cart-Key": key,
        "CoCart-API-Cart-Expiring": str(ends - DAY_SECONDS),
        "CoCart-API-Cart-Expiration": str(ends),
        "CoCart-Timestamp": str(now),
        "CoCart-Version": VERSION,
    }


def _etag(body: Any) -> str:
    text = json.dumps(body, separators=(",", ":")).encode()
    return f'W/"{hashlib.md5(text, usedforsecurity=False).hexdigest()}"'
