"""How carts change: one after another, each seeing what the one before made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest

from tests.builders import NOON, a_basket, a_cart, a_line, a_shop
from tests.fakes.carts import FakeCarts
from till.application.cart_editing import CartEditor
from till.application.idempotency import Answer, Claim, claim
from till.application.ports import Catalog
from till.domain.agreement import ShippingGroup
from till.domain.cart import FOR_EVER, Cart
from till.domain.errors import Conflict, Forbidden, Invalid, KeyReused
from till.domain.shipping import ShippingLine

DAY = 86_400
SHOP = a_shop()
# Only gifts are looked up.
NO_CATALOG = cast(Catalog, None)


class Counter:
    """Unix seconds that pass when told to, and ids."""

    now = NOON
    made = 0

    def new_id(self) -> str:
        self.made += 1
        return f"id-{self.made}"


@pytest.fixture
def clock() -> Counter:
    return Counter()


@pytest.fixture
def carts(clock: Counter) -> FakeCarts:
    return FakeCarts(lambda: clock.now)


@pytest.fixture
def editor(carts: FakeCarts, clock: Counter) -> CartEditor:
    return CartEditor(carts, NO_CATALOG, lambda: clock.now, clock.new_id, lambda _: None)


def renamed(name: str) -> Callable[[Cart], Cart]:
    return lambda cart: replace(cart, name=name)


def told(cart: Cart) -> Answer:
    return Answer(200, {"name": cart.name, "expires_at": cart.expires_at})


def a_claim(body: object = None) -> Claim:
    return claim("0123456789abcdef", ("acme",), "acme", body, NOON)


def stored(carts: FakeCarts) -> Cart:
    found = carts.get("acme", "mine")
    assert found
    return found


def test_an_unknown_id_is_an_empty_cart_that_lives_as_long_as_the_shop_says(editor: CartEditor) -> None:
    shop = replace(SHOP, settings=replace(SHOP.settings, cart_expiry_days=30, custom_discounts_enabled=True))
    cart = editor.read(shop, "mine")
    assert (cart.version, cart.basket.currency, cart.basket.lines, cart.name) == (0, "", (), "Cart")
    assert (cart.created_at, cart.expires_at, cart.custom_discounts) == (NOON, NOON + 30 * DAY, True)


def test_a_cart_ends_so_many_days_after_its_last_change(editor: CartEditor, carts: FakeCarts, clock: Counter) -> None:
    editor.change(SHOP, "mine", renamed("First"), told)
    clock.now += 6 * DAY
    answer = editor.change(SHOP, "mine", renamed("Second"), told)
    assert answer.body == {"name": "Second", "expires_at": NOON + 13 * DAY}
    assert stored(carts).expires_at == NOON + 13 * DAY
    clock.now += 7 * DAY
    assert editor.read(SHOP, "mine").name == "Cart"


def test_a_cart_keeps_the_life_that_it_began_with(editor: CartEditor, carts: FakeCarts) -> None:
    editor.change(SHOP, "mine", renamed("First"), told)
    longer = replace(SHOP, settings=replace(SHOP.settings, cart_expiry_days=30))
    editor.change(longer, "mine", renamed("Second"), told)
    assert stored(carts).expires_at == NOON + 7 * DAY


def test_an_edit_that_was_overtaken_is_made_again_on_what_the_other_left(editor: CartEditor, carts: FakeCarts) -> None:
    editor.change(SHOP, "mine", renamed("First"), told)
    others = iter([True])

    def edit(cart: Cart) -> Cart:
        if next(others, False):
            carts.save(replace(stored(carts), description="For Jane"))
        return replace(cart, name="Second")

    editor.change(SHOP, "mine", edit, told)
    assert (stored(carts).name, stored(carts).description) == ("Second", "For Jane")


def test_an_edit_that_never_gets_its_turn_is_told_so(editor: CartEditor, carts: FakeCarts) -> None:
    editor.change(SHOP, "mine", renamed("First"), told)

    def edit(cart: Cart) -> Cart:
        carts.save(replace(stored(carts), description=stored(carts).description + "!"))
        return replace(cart, name="Second")

    with pytest.raises(Conflict):
        editor.change(SHOP, "mine", edit, told)
    assert stored(carts).name == "First"


def test_a_refused_edit_leaves_the_cart_as_it_was(editor: CartEditor, carts: FakeCarts) -> None:
    def refuse(_: Cart) -> Cart:
        raise Invalid("No.", "name")

    with pytest.raises(Invalid):
        editor.change(SHOP, "mine", refuse, told)
    assert carts.get("acme", "mine") is None


def test_a_change_whose_answer_was_lost_is_made_once(editor: CartEditor, carts: FakeCarts) -> None:
    class Lossy(FakeCarts):
        def save(self, cart: Cart, *_: object, **__: object) -> Cart:
            carts.save(cart)
            raise Conflict("The SDK repeated it.")

        get = carts.get

    lossy = replace(editor, carts=Lossy(lambda: NOON))
    lossy.change(SHOP, "mine", lambda cart: replace(cart, name=cart.name + "!"), told)
    assert stored(carts).name == "Cart!"


def test_a_key_gives_its_first_answer_again(editor: CartEditor, carts: FakeCarts, clock: Counter) -> None:
    first = editor.change(SHOP, "mine", renamed("First"), told, a_claim())
    clock.now += 60
    again = editor.change(SHOP, "mine", renamed("First"), told, a_claim())
    assert (again.body, again.replayed, stored(carts).version) == (first.body, True, 1)
    with pytest.raises(KeyReused):
        editor.change(SHOP, "mine", renamed("Other"), told, a_claim({"name": "Other"}))


def test_a_deleted_cart_is_an_empty_one_again(editor: CartEditor, carts: FakeCarts) -> None:
    editor.change(SHOP, "mine", renamed("First"), told)
    for _ in range(2):
        editor.change(SHOP, "mine", lambda _: None, told)
        assert carts.get("acme", "mine") is None
    assert editor.read(SHOP, "mine").name == "Cart"


def test_shipping_costs_what_the_shipping_groups_cost(editor: CartEditor, carts: FakeCarts) -> None:
    groups = (ShippingGroup("01", "express", 1200), ShippingGroup("02", "standard", 300))

    def edit(cart: Cart) -> Cart:
        filled = cart.with_basket(replace(cart.basket, currency="CAD", lines=(a_line(),)))
        return replace(filled, shipping_groups=groups)

    editor.change(SHOP, "mine", edit, told)
    shipping = stored(carts).basket.shipping
    assert shipping
    assert shipping.amount == 1500
    editor.change(SHOP, "mine", lambda cart: replace(cart, shipping_groups=()), told)
    assert stored(carts).basket.shipping is None


def test_a_shopper_never_changes_a_cart_of_the_shops_and_the_shop_does(carts: FakeCarts, editor: CartEditor) -> None:
    template = carts.save(a_cart(id="poster", life_days=FOR_EVER, expires_at=0))
    with pytest.raises(Forbidden):
        editor.change(SHOP, "poster", renamed("Mine"), told)
    assert carts.get("acme", "poster") == template
    editor.change(SHOP, "poster", renamed("Spring"), told, templates=True)
    changed = carts.get("acme", "poster")
    assert changed is not None
    assert (changed.name, changed.expires_at) == ("Spring", 0)


def test_a_shipping_choice_outlives_other_changes_where_no_group_decides(carts: FakeCarts, editor: CartEditor) -> None:
    chosen = ShippingLine("standard", "Standard", 500)
    carts.save(a_cart(id="mine", basket=replace(a_basket(), shipping=chosen)))
    editor.change(SHOP, "mine", renamed("First"), told)
    kept = carts.get("acme", "mine")
    assert kept is not None
    assert kept.basket.shipping == chosen


def test_two_edits_that_come_to_the_same_are_two_edits(editor: CartEditor, carts: FakeCarts) -> None:
    editor.change(SHOP, "mine", renamed("Mug"), told)
    others = iter([True])

    def grow(cart: Cart) -> Cart:
        if next(others, False):
            editor.change(SHOP, "mine", grow, told)
        return replace(cart, name=cart.name + "!")

    editor.change(SHOP, "mine", grow, told)
    assert stored(carts).name == "Mug!!"
