"""Which scope each route of the merchant API asks for. A route that is not named here is refused."""

from __future__ import annotations

from till.application.tokens import Principal, Scope
from till.domain.errors import Forbidden
from till.runtime import merchant_auth
from till.runtime.app import Request

# By the part of the path that says what it is about: the second, or what follows /merchant/shops/{shop}.
_SCOPES = {
    "tokens": Scope.TOKENS,
    "clients": Scope.TOKENS,
    "shops": Scope.SETTINGS,
    "shop": Scope.SETTINGS,  # /checkout/shop/{shop}/cors
    "shipping_zones": Scope.SETTINGS,
    "tax_zones": Scope.SETTINGS,
    "gateways": Scope.SETTINGS,
    "tax_provider": Scope.SETTINGS,
    "platform": Scope.SETTINGS,
    "plugins": Scope.SETTINGS,
    "webhook_endpoints": Scope.SETTINGS,
    "products": Scope.CATALOG,
    "stock": Scope.STOCK,
    "discounts": Scope.CATALOG,
    "promotions": Scope.CATALOG,
    "gift_cards": Scope.GIFT_CARDS,
    "customers": Scope.CUSTOMERS,
    "accounts": Scope.CUSTOMERS,
    "orders": Scope.ORDERS,
    "orders.csv": Scope.ORDERS,
    "failed_charges": Scope.ORDERS,
    "failed_pushes": Scope.ORDERS,
    "carts": Scope.ORDERS,
    "doctor": Scope.STACK,
    "keys": Scope.STACK,
}


def authenticate(request: Request) -> str:
    """The caller, who may call this route for this shop. Raises `Unauthenticated`, `NotFound`, `Forbidden`."""
    return principal(request).id


def principal(request: Request) -> Principal:
    """The same, with scopes and shop."""
    caller = merchant_auth.authenticate(request.headers)
    parts = request.route.split("/")[2:]
    scope = _SCOPES.get(parts[2] if len(parts) > 2 and parts[0] == "shops" else parts[0])
    if scope is None:
        raise Forbidden("No token may call this route.")
    caller.require(scope, request.path.get("shop"))
    return caller
