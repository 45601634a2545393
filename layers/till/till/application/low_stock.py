"""Stock that gets low is told to the merchant, once, until there is more again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from till.application.ports import Catalog, Stock
from till.domain.errors import Busy
from till.domain.event import Event
from till.domain.stock import StockLevel

STOCK_LOW = "stock.low"


@dataclass(frozen=True, slots=True)
class LowStock:
    """Settles holds, and looks at what their sales leave. `publish` returns what the bus refused. `now` in Unix
    seconds."""

    stock: Stock
    catalog: Catalog
    publish: Callable[[Iterable[Event]], list[Event]]
    now: Callable[[], int]

    def settle(self, shop: str, attempt_id: str) -> None:
        """As `Stock.settle`. A shop that does not want to know costs nothing more. Raises `Busy` where it could not be
        told, and is to be called again."""
        low_stock = self.catalog.shop(shop).settings.low_stock

        def sold(levels: Mapping[str, StockLevel]) -> None:
            self._sold(shop, attempt_id, low_stock, levels)

        self.stock.settle(shop, attempt_id, sold if low_stock else None)

    def _sold(self, shop: str, attempt_id: str, low_stock: int, levels: Mapping[str, StockLevel]) -> None:
        low = []
        for part, level in levels.items():
            if level.left > low_stock:
                if level.low_by:
                    self.stock.mark_low(shop, part, "")
            elif level.low_by in ("", attempt_id):
                low.append(part)
        if not low:
            return
        # Uses of codes and money on gift cards are sold, too, and are no variants.
        for variant in self.catalog.variants(shop, low).values():
            if self.stock.mark_low(shop, variant.id, attempt_id):
                left = {"left": levels[variant.id].left, "low_stock": low_stock}
                detail = {"variant_id": variant.id, "sku": variant.sku, **left}
                # The same id where this is called again: the mark says whose sale it was.
                event = Event(f"{attempt_id}-low-{variant.id}", STOCK_LOW, shop, "", 0, self.now(), detail)
                if self.publish([event]):
                    raise Busy("The event bus takes no more for now.")
