"""One cart for one shopper, from many tabs at once: the first things that are added, and a guest who signs in."""

from __future__ import annotations

from functools import partial

from cocart import access as cocart_access
from tests.builders import a_variant
from tests.integration.cocart.customers import a_customer_of_the_shop, signed_in
from tests.integration.cocart.storefront import Shopper
from tests.integration.deployment import Deployment
from tests.proof import Guarantee, Proof, proves
from tests.stress.threads import at_once
from till.runtime import wiring

TABS = 4
# Told to try again.
AGAIN = 409


@proves(Guarantee.NO_LOST_EDITS)
def test_a_guest_who_signs_in_from_two_tabs_at_once_has_everything_once(live_till: Deployment, proof: Proof) -> None:
    live_till.lift_limits()
    wiring.stock().set_on_hand("acme", a_variant().id, 1_000_000)
    cocart_access._known.clear()
    a_customer_of_the_shop()
    jane = signed_in(live_till)
    rounds, added = proof.rounds(3, 40), 0
    for number in range(rounds):
        guest = Shopper(live_till, key=f"guests-cart-of-round-{number:04}")
        tabs = at_once(*[partial(guest.call, "POST", "cart/add-item", {"id": "66", "quantity": "2"})] * TABS)
        assert {tab.status for tab in tabs} <= {200, AGAIN}
        added += (units := 2 * sum(tab.status == 200 for tab in tabs))
        assert guest.quantities == {"ABS": units}
        both = Shopper(live_till, guest.key, jane.authorization)
        signing_in = at_once(*[partial(both.call, "GET", "cart")] * 2)
        assert {tab.status for tab in signing_in} <= {200, AGAIN}
        assert jane.quantities == {"ABS": added}
        assert guest.quantities == {}
    proof.saw(
        f"{rounds} guests whose first items came from {TABS} tabs at once, and who signed in from two",
        f"{jane.quantities['ABS']} units in the customer's cart, {added} were added",
    )
