"""A client of Diddo's checkout API, which publishes none: what its documents say, over plain HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

from scripts.checkout_client import Json, good

JANE = {
    "first_name": "Jane",
    "last_name": "Doe",
    "email": "jane@example.com",
    "phone": "+12125550123",
    "address1": "350 5th Ave",
    "address2": "Apt 4",
    "city": "New York",
    "province_code": "NY",
    "country_code": "US",
    "postal_code": "10118",
}


@dataclass(frozen=True)
class Diddo:
    """Whoever has the key of an organisation."""

    http: httpx.Client
    key: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """The answer, whatever it says. JSON is sent without saying that it is, as the public client does."""
        content = None if body is None else json.dumps(body)
        sent = {"Authorization": f"Bearer {self.key}"} | headers
        return self.http.request(method, path, headers=sent, content=content)

    def ask(self, method: str, path: str, body: Any = None) -> Json:
        """The body of a good answer."""
        return good(self.call(method, path, body))

    def refusal(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Status and code of a refusal in the documented shape."""
        answer = self.call(method, path, body)
        said = answer.json()
        assert said["errors"]
        assert (said["code"], said["message"]) == (said["errors"][0]["code"], said["errors"][0]["message"])
        return answer.status_code, said["code"]

    def template(self, variant: str, quantity: int = 1) -> str:
        """A new cart."""
        item = {"variant_id": variant, "quantity": quantity}
        cart_id: str = self.ask("POST", "/cart/add", {"cart_id": "0", "item": item})["id"]
        return cart_id

    def begin(self, template: str) -> Json:
        """A checkout session of it."""
        return self.ask("POST", f"/checkout/begin/{template}")

    def ship(self, live: str, buyer: Json = JANE, label: str = "Standard") -> Json:
        """The live cart with an address, and that method."""
        cart = self.ask("POST", "/checkout/shipping", {"cart_id": live, "buyer_info": buyer})
        [method] = [one["id"] for one in cart["stores"][0]["offer"]["shipping_methods"] if one["label"] == label]
        return self.ask("POST", "/checkout/shipping/method", {"cart_id": live, "shipping_method_id": method})
