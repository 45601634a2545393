"""Shipping and billing address of an order."""

from __future__ import annotations

from bold import wire
from bold.addresses.models import AddressBody, AddressQuery
from bold.storefront import ORDER, change, read, storefront
from till.application.idempotency import Answer
from till.domain.address import PLACE_FIELDS, Address, check, check_place, normalise
from till.domain.errors import Invalid, Problem
from till.domain.order import Order
from till.domain.region import most_specific
from till.domain.shop import Shop
from till.runtime import wiring
from till.runtime.app import Kind, Request
from till.runtime.validation import parse

app = storefront()
handler = app.handle

SHIPPING = f"{ORDER}/addresses/shipping"
BILLING = f"{ORDER}/addresses/billing"


@app.route("POST", SHIPPING, Kind.CHANGE, "Set Shipping Address", takes="AddressBody")
@app.route("PUT", SHIPPING, Kind.CHANGE, "Update Shipping Address", takes="AddressBody")
def set_shipping_address(request: Request) -> Answer:
    address = Address(**parse(AddressBody, request.body).model_dump())

    def edit(order: Order, shop: Shop) -> Order:
        checked = _checked(address, shop)
        _check_shipped_to(checked, order, shop)
        return order.with_basket(order.basket.with_shipping_address(checked, shop))

    return change(request, edit, _shipping)


@app.route("DELETE", SHIPPING, Kind.CHANGE, "Delete Shipping Address")
def delete_shipping_address(request: Request) -> Answer:
    return change(
        request,
        lambda order, shop: order.with_basket(order.basket.with_shipping_address(None, shop)),
        _shipping,
    )


@app.route("GET", SHIPPING, Kind.READ, "Get Shipping Address")
def get_shipping_address(request: Request) -> Answer:
    return read(request, _shipping)


@app.route("POST", BILLING, Kind.CHANGE, "Set Billing Address", takes="AddressBody")
@app.route("PUT", BILLING, Kind.CHANGE, "Update Billing Address", takes="AddressBody")
def set_billing_address(request: Request) -> Answer:
    address = Address(**parse(AddressBody, request.body).model_dump())
    return change(
        request,
        lambda order, shop: order.with_basket(order.basket.with_billing_address(_checked(address, shop))),
        _billing,
    )


@app.route("DELETE", BILLING, Kind.CHANGE, "Delete Billing Address")
def delete_billing_address(request: Request) -> Answer:
    return change(request, lambda order, _: order.with_basket(order.basket.with_billing_address(None)), _billing)


@app.route("GET", BILLING, Kind.READ, "Get Billing Address")
def get_billing_address(request: Request) -> Answer:
    return read(request, _billing)


@app.route("GET", f"{ORDER}/validate_address", Kind.READ, "Validate Address")
def validate_address(request: Request) -> Answer:
    query = parse(AddressQuery, request.query)
    address, shop = Address(**query.model_dump()), wiring.catalog().shop(request.path["shop"])
    # A form that asks for the place first sends nothing else: the rest is not missing yet.
    _checked(address, shop, place_only=query.model_fields_set <= set(PLACE_FIELDS))
    return Answer(200, {"data": []})


def _shipping(order: Order, _: Shop) -> wire.Json:
    return {"address": wire.address(order.basket.shipping_address)}


def _billing(order: Order, _: Shop) -> wire.Json:
    return {"address": wire.address(order.basket.billing_address)}


def _checked(address: Address, shop: Shop, *, place_only: bool = False) -> Address:
    """The address as it is stored. Raises `Invalid` with one problem per field."""
    rules = wiring.address_book().rules(address.country_code)
    phone, company = shop.settings.phone_required, shop.settings.company_required
    written = normalise(address, rules)
    if place_only:
        problems = check_place(written, rules)
    else:
        problems = check(written, rules, phone_required=phone, company_required=company)
    if problems:
        raise Invalid.of([Problem("address", problem.message, problem.field) for problem in problems])
    return written


def _check_shipped_to(address: Address, order: Order, shop: Shop) -> None:
    lines = order.basket.lines
    if lines and not order.basket.requires_shipping:
        return
    if most_specific(shop.shipping_zones, address.country_code, address.province_code) is None:
        raise Invalid("The shop does not ship to this address.", "country_code", code="no_shipping_to_address")
