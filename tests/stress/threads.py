"""Several shoppers at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier


def at_once[T](*works: Callable[[], T]) -> Sequence[T]:
    """Starts all at one moment; what each returned. Raises what any raised."""
    barrier = Barrier(len(works))

    def work(one: Callable[[], T]) -> T:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(work, works))
