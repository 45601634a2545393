"""Prints what an import, a request and a checkout cost. Needs what `make up` built and started."""

import sys

from benchmarks import checkout, imports, month, quotas, routes
from benchmarks.process import running_till
from benchmarks.shoppers import nothing, one_thing


def main() -> int:
    """Exit status 1 where a budget is not met."""
    cold = imports.measure()
    show(imports.table(cold))
    show(imports.layers())
    with running_till() as till:
        show(routes.table(warm := routes.measure(till)))
        bills = checkout.measure(till)
        for bill in bills:
            show(checkout.table(bill, cold))
        left, single = (checkout.of(till, "Bold", shopper(till)) for shopper in (nothing, one_thing))
        show(month.table(bills[0], left))
        show(quotas.table(bills[0], quotas.hot_item(till, single)))
    over = imports.over_budget(cold) + routes.over_budget(warm)
    if over:
        show("Over budget (on a busy machine? then again): " + ", ".join(over))
    return 1 if over else 0


def show(text: str) -> None:
    """As soon as it is known: the whole takes minutes."""
    sys.stdout.write(f"{text}\n\n")
    sys.stdout.flush()


sys.exit(main())
