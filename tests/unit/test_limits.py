"""Whoever asks too often waits for the next window; others do not wait for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import NOON, a_shop, an_order
from tests.fakes.counters import FakeCounters
from till.application.limits import BACKEND, LIMITS, Asker, Limits, check_limits
from till.domain.errors import Invalid, TooMany
from till.domain.shop import Shop

JANE = Asker("203.0.113.7", "janes-token")
HOUR = 3600


class Counting:
    """Limits over a fake, in a window that ends in ten seconds, and the facts that they tell."""

    def __init__(self) -> None:
        self.clock = NOON // HOUR * HOUR + HOUR - 10
        self.counters = FakeCounters()
        self.facts: list[str] = []
        self.limits = Limits(self.counters, lambda: self.clock, lambda fact, _: self.facts.append(fact))

    def decline(self, times: int, shop: Shop, order_id: str, asker: Asker) -> None:
        for _ in range(times):
            self.limits.declined(shop.identifier, self.limits.counted(shop, order_id, asker))


@pytest.fixture
def counting() -> Counting:
    return Counting()


def with_limits(**limits: int) -> Shop:
    shop = a_shop()
    return replace(shop, settings=replace(shop.settings, limits=limits))


def test_the_fourth_of_three_is_refused_until_the_window_ends(counting: Counting) -> None:
    shop = with_limits(sessions_per_address=3)

    def ask(shop: Shop = shop, who: str = "203.0.113.7") -> None:
        counting.limits.spend(shop, "sessions_per_address", who)

    for _ in range(3):
        ask()
    with pytest.raises(TooMany) as refused:
        ask()
    assert refused.value.retry_after == 10
    ask(who="203.0.113.8")
    ask(shop=replace(shop, identifier="other"))
    counting.clock += 10
    ask()


def test_a_backend_that_signs_customers_in_keeps_nobody_out(counting: Counting) -> None:
    shop = with_limits(sign_ins_per_customer=1)
    for _ in range(3):
        counting.limits.spend_sign_in(shop, "jane@example.com", BACKEND)
    counting.limits.spend_sign_in(shop, "jane@example.com", JANE)
    with pytest.raises(TooMany):
        counting.limits.spend_sign_in(shop, " Jane@example.com", JANE)


def test_nobody_is_named_in_what_is_counted(counting: Counting) -> None:
    counting.limits.begun(a_shop(), an_order(), JANE)
    counting.limits.spend_sign_in(a_shop(), "jane@example.com", JANE)
    counting.limits.spend_code(a_shop(), an_order().id, JANE)
    kept = str(counting.counters.counts) + str(counting.limits.counted(a_shop(), an_order().id, JANE))
    assert not any(who in kept for who in (JANE.address, JANE.token, an_order().id, "jane"))


@pytest.mark.parametrize(
    ("limit", "order_id", "asker"),
    [
        ("declines_per_order", an_order().id, Asker("198.51.100.1", "another")),
        ("declines_per_address", "another", Asker(JANE.address, "another")),
        ("declines_per_token", "another", Asker("198.51.100.1", JANE.token)),
        ("declines_per_shop", "another", Asker("198.51.100.1", "another")),
    ],
)
def test_declines_lock_the_order_the_address_the_token_and_the_shop_each_by_itself(
    counting: Counting, limit: str, order_id: str, asker: Asker
) -> None:
    off = {name: 0 for name in LIMITS if name.startswith("declines") and name != limit}
    shop = with_limits(**off, **{limit: 5})
    counting.decline(4, shop, an_order().id, JANE)
    counting.limits.undeclined(shop, order_id, asker)
    counting.decline(1, shop, an_order().id, JANE)
    with pytest.raises(TooMany) as refused:
        counting.limits.undeclined(shop, order_id, asker)
    assert (refused.value.retry_after, counting.facts) == (10, ["DeclinesLocked"])
    counting.clock += 10
    counting.limits.undeclined(shop, order_id, asker)


def test_an_order_is_the_same_order_by_its_public_id(counting: Counting) -> None:
    counting.decline(5, a_shop(), an_order().id, BACKEND)
    with pytest.raises(TooMany):
        counting.limits.undeclined(a_shop(), an_order().public_id, BACKEND)


def test_who_waits_for_two_windows_waits_for_the_longer(counting: Counting) -> None:
    counting.clock = NOON // HOUR * HOUR + 1
    counting.decline(10, a_shop(), an_order().id, JANE)
    with pytest.raises(TooMany) as refused:
        counting.limits.undeclined(a_shop(), an_order().id, JANE)
    assert refused.value.retry_after == HOUR - 1


def test_an_order_is_tried_so_often_an_hour_and_no_more(counting: Counting) -> None:
    order, shop = an_order(), with_limits(holds_per_order=3)
    for _ in range(3):
        order, _ = counting.limits.begun(shop, order, BACKEND)
    with pytest.raises(TooMany):
        counting.limits.begun(shop, order, BACKEND)
    counting.limits.begun(with_limits(holds_per_order=0), order, BACKEND)
    counting.clock += 10
    assert counting.limits.begun(shop, order, BACKEND)[0].holds[1] == 1


def test_an_address_may_hold_so_much_whatever_its_orders(counting: Counting) -> None:
    shop = with_limits(holds_per_address=3)
    for number in range(3):
        counting.limits.begun(shop, an_order(id=f"order-{number}"), JANE)
    with pytest.raises(TooMany):
        counting.limits.begun(shop, an_order(id="order-3"), JANE)
    counting.limits.begun(shop, an_order(id="order-3"), BACKEND)


def test_one_address_of_ipv6_is_all_of_its_network(counting: Counting) -> None:
    assert {Asker(f"2001:db8:1:2:{host}").place for host in (":1", ":ffff", "a:b:c:d")} == {"2001:db8:1:2::/64"}
    assert Asker("2001:db8:1:3::1").place != Asker("2001:db8:1:2::1").place
    assert Asker("::ffff:203.0.113.7").place == Asker("203.0.113.7").place == "203.0.113.7"


def test_a_shop_may_switch_any_limit_off(counting: Counting) -> None:
    shop = with_limits(**dict.fromkeys(LIMITS, 0))
    for limit in LIMITS:
        for _ in range(LIMITS[limit].most + 1):
            counting.limits.spend(shop, limit, "somebody")
    assert counting.limits.undeclined(shop, an_order().id, JANE) == ()
    assert not counting.counters.counts


def test_a_limit_that_there_is_not_cannot_be_set() -> None:
    check_limits(LIMITS)
    with pytest.raises(Invalid) as refused:
        check_limits(["declines"])
    assert refused.value.problems[0].field == "settings.limits.declines"
