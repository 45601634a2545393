"""Many from one address at once: the limits hold within each window, of which a test may meet two."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.builders import PLENTY, a_shop, a_variant
from tests.integration.deployment import Deployment, forget
from tests.integration.shopper import Shopper
from tests.proof import Guarantee, Proof, proves
from tests.stress.threads import at_once
from till.runtime import wiring

AT_ONCE = 8
WINDOWS = 2

pytestmark = proves(Guarantee.GUESSING)


def limited(till: Deployment, **limits: int) -> None:
    till.change_settings(limits=PLENTY | limits)
    forget()


@pytest.fixture
def till(live_till: Deployment) -> Deployment:
    """With stock for everybody."""
    wiring.stock().set_on_hand("acme", a_variant().id, 1_000_000)
    return live_till


def test_a_thief_with_many_orders_at_once_asks_the_gateway_no_more_than_the_limits_let(
    till: Deployment, proof: Proof
) -> None:
    """An attempt is let in before those beside it are declined: what is under way at once is bounded by the holds."""
    declines, holds = 4, 12
    limited(till, declines_per_address=declines, holds_per_address=holds)
    seen: Counter[int] = Counter()
    cards = proof.rounds(AT_ONCE * 4, AT_ONCE * 12)
    for _ in range(cards // AT_ONCE):
        thieves = [Shopper.ready(till, paid_with="tok_decline") for _ in range(AT_ONCE)]
        seen.update(reply.status for reply in at_once(*(thief.process for thief in thieves)))
    asked = len(wiring.gateways().ledger(a_shop(), "sandbox-1", 100, "").data)
    assert seen.keys() == {422, 429}
    assert declines <= asked == seen[422] <= WINDOWS * holds
    assert till.stock().held == 0
    proof.saw(
        f"{cards} stolen cards from one address, {AT_ONCE} at once; 12 attempts and 4 declines let in a window",
        f"{asked} asked for at the gateway, {seen[429]} told to wait",
    )


def test_codes_guessed_at_once_are_looked_up_no_more_often_than_the_limit_lets(till: Deployment, proof: Proof) -> None:
    most = 10
    limited(till, codes_per_address=most)
    shoppers = [Shopper(till) for _ in range(AT_ONCE)]
    seen: Counter[int] = Counter()
    tries = proof.rounds(AT_ONCE * 6, AT_ONCE * 60)
    for number in range(tries // AT_ONCE):
        guesses = [f"/validate_discount_code?discount_code=GUESS{number}" for _ in shoppers]
        works = [lambda one=one, path=path: one.get(path) for one, path in zip(shoppers, guesses, strict=True)]
        seen.update(reply.status for reply in at_once(*works))
    assert seen.keys() == {422, 429}
    assert most <= seen[422] <= WINDOWS * most
    proof.saw(
        f"{tries} codes guessed from one address, {AT_ONCE} at once; {most} let a minute",
        f"{seen[422]} looked up, {seen[429]} told to wait",
    )
