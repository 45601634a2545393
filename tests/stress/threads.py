"""Several shoppers at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, local
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver

from till.runtime.app import App


def at_once[T](*works: Callable[[], T]) -> Sequence[T]:
    """Starts all at one moment; what each returned. Raises what any raised."""
    barrier = Barrier(len(works))

    def work(one: Callable[[], T]) -> T:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(work, works))


class _ServingMany(APIGatewayRestResolver):
    """Powertools keeps the request that it is at for the whole process, since a function has one at a time."""

    _of_thread: local
    current_event: Any = property(lambda self: self._of_thread.event)
    context: Any = property(lambda self: self._of_thread.context)

    def resolve(self, event: Any, context: Any) -> Any:
        self._of_thread.event, self._of_thread.context = self._to_proxy_event(event), {}
        return super().resolve(event, context)


def serving_many(app: App) -> App:
    """The function, where many requests come at once: each thread is one instance that Lambda started of it."""
    resolver: Any = app._resolver
    if not isinstance(resolver, _ServingMany):
        resolver.__class__, resolver._of_thread = _ServingMany, local()
    return app
