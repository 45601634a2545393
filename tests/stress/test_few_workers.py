"""More shoppers than an account may run functions: whoever waits for an order keeps its steps from none for ever."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from tests.builders import a_variant
from tests.fakes.state_machine import Function, Start, TooManyRequests
from tests.integration.deployment import Deployment, put_ready_order
from tests.integration.played_aws import Clock
from tests.proof import Guarantee, Proof, proves
from till.domain.attempt import Goal
from till.domain.errors import Busy, Refused
from till.runtime import wiring

WORKERS, SHOPPERS = 4, 8
# A second of theirs takes a twentieth of ours.
SPEED = 20


class FastClock(Clock):
    """It runs that much faster, and whoever lets time pass on it waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.time()

    def seconds(self) -> int:
        return self.milliseconds() // 1000

    def milliseconds(self) -> int:
        return int((self._began + (time.time() - self._began) * SPEED + self.ahead) * 1000)

    def pass_(self, seconds: float = 0, minutes: float = 0) -> None:
        time.sleep((seconds + minutes * 60) / SPEED)


class Account:
    """So many functions at work at once, whichever they are; and Step Functions, which has no such limit."""

    def __init__(self, till: Deployment) -> None:
        self._till, self._free, self.turned_away = till, threading.Semaphore(WORKERS), Counter[str]()

    def run[T](self, who: str, work: Callable[[], T]) -> T:
        if not self._free.acquire(blocking=False):
            self.turned_away[who] += 1
            raise TooManyRequests
        try:
            return work()
        finally:
            self._free.release()

    def has(self, functions: Mapping[str, Function]) -> dict[str, Function]:
        """The functions, where they are some of its own."""

        def limited(function: Function) -> Function:
            return lambda event: self.run("steps", lambda: function(event))

        return {resource: limited(function) for resource, function in functions.items()}

    def run_executions(self, over: threading.Event) -> None:
        """Each in a thread of its own, as soon as it is started."""
        seen: dict[str, threading.Thread] = {}
        while not over.wait(0.002):
            for name, execution in list(self._till.machine.executions.items()):
                if name not in seen:
                    seen[name] = threading.Thread(target=self._till.machine.run, args=(execution,))
                    seen[name].start()
        for thread in seen.values():
            thread.join()

    def serves(self, order_id: str) -> None:
        """A shopper who asks again for as long as they are told to."""
        placing = self._till.placing()
        for _ in range(60):
            with suppress(TooManyRequests, Busy):
                with suppress(Refused):  # it is placed, or open again
                    self.run("shoppers", lambda: placing.submit("acme", order_id, Goal.PROCESS))
                return
            self._till.clock.pass_(seconds=1)


def a_rush(till: Deployment) -> tuple[Counter[str], Account]:
    """All shoppers at once, until each has an answer; how their orders stand after the reaper's last pass."""
    orders = [put_ready_order(till) for _ in range(SHOPPERS)]
    account, over = Account(till), threading.Event()
    till.is_run_by(account.has(till.functions_at_the_clocks_time()))
    step_functions = threading.Thread(target=account.run_executions, args=(over,))
    step_functions.start()
    try:
        with ThreadPoolExecutor(SHOPPERS) as shoppers:
            list(shoppers.map(account.serves, [order.id for order in orders]))
    finally:
        over.set()
        step_functions.join()
    till.clock.ahead += 180
    till.reap()
    return Counter(till.order(order.id).status for order in orders), account


@proves(Guarantee.ENDS_BY_ITSELF)
def test_with_four_functions_and_eight_shoppers_every_order_ends(live_till: Deployment, proof: Proof) -> None:
    rounds = proof.rounds(1, 10)
    live_till.clock = FastClock()
    live_till.machine.starts, live_till.machine.sleep = Start.WAITS, live_till.clock.pass_
    wiring.stock().set_on_hand("acme", a_variant().id, 1000)
    ended: Counter[str] = Counter()
    turned_away: Counter[str] = Counter()
    for _ in range(rounds):
        statuses, account = a_rush(live_till)
        ended += statuses
        turned_away += account.turned_away
    assert ended.total() == rounds * SHOPPERS
    assert ended.keys() <= {"placed", "open"}
    assert live_till.live() == [26200] * ended["placed"]
    assert (live_till.stock().held, live_till.stock().allocated) == (0, ended["placed"])
    assert turned_away["steps"], "nobody was in the way of the steps: this proves nothing"
    proof.saw(
        f"{WORKERS} functions for {SHOPPERS} shoppers who wait, and for the steps that they wait for, {rounds} times",
        f"{ended['placed']} orders placed and paid, {ended['open']} open with nothing held, none stuck; "
        f"{turned_away['steps']} steps and {turned_away['shoppers']} requests found no function and came again",
    )
