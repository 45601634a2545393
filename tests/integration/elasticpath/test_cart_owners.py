"""Whose a cart is: who signs in finds their carts again, on any device."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from elasticpath.ids import uuid_of
from tests.contract.test_people import an_account
from tests.integration.api import Reply
from tests.integration.deployment import Deployment
from tests.integration.elasticpath.shopping import Cart, product, refusal, sell
from tests.integration.elasticpath.storefront import Storefront
from till.runtime import wiring

PASSWORD = "mysecretpassword"
NOBODY = "1c73326e-07e0-4043-81fc-54b8f13daeb4"


class Customer:
    """Somebody who has signed in at a storefront."""

    def __init__(self, front: Storefront, name: str) -> None:
        self.front = front
        email = f"{name}@example.com"
        person = {"type": "customer", "name": name, "email": email, "password": PASSWORD}
        self.id: str = front.call("POST", "/v2/customers", person).body["data"]["id"]
        signed_in = front.call("POST", "/v2/customers/tokens", {"type": "token", "email": email, "password": PASSWORD})
        self.token: str = signed_in.body["data"]["token"]

    def call(self, method: str, path: str, body: Any = None) -> Reply:
        return self.front.call(method, path, body, X_Moltin_Customer_Token=self.token)

    def take(self, cart: str, method: str = "POST", other: str = "") -> Reply:
        """Make a cart theirs, or somebody else's."""
        found = [{"type": "customer", "id": other or self.id}]
        return self.call(method, f"/v2/carts/{cart}/relationships/customers", found)

    @property
    def carts(self) -> list[str]:
        """The ids of their carts, as they are listed."""
        reply = self.call("GET", "/v2/carts")
        assert reply.status == 200, reply.raw
        return [cart["id"] for cart in reply.body["data"]]


@pytest.fixture
def front(till: Deployment) -> Storefront:
    return Storefront(till)


@pytest.fixture
def backend(till: Deployment) -> Storefront:
    return Storefront(till, trusted=True, number=2)


@pytest.fixture
def jane(front: Storefront) -> Customer:
    return Customer(front, "jane")


def test_who_signs_in_finds_the_carts_they_took(till: Deployment, jane: Customer) -> None:
    cart = Cart(jane.front, "birthday")
    cart.add(product(sell(till, "mug")))
    taken = jane.take("birthday")
    assert (taken.status, taken.body) == (200, {"data": [{"type": "customer", "id": jane.id}]})
    assert cart.data["relationships"]["customers"] == {"data": [{"type": "customer", "id": jane.id}]}
    assert jane.carts == ["birthday"]
    assert jane.take("birthday").status == 200
    assert jane.carts == ["birthday"]


def test_a_cart_made_by_who_has_signed_in_is_theirs(jane: Customer) -> None:
    made = jane.call("POST", "/v2/carts", {"name": "Wedding"}).body["data"]
    assert made["relationships"]["customers"]["data"] == [{"type": "customer", "id": jane.id}]
    assert jane.carts == [made["id"]]


def test_nobody_makes_a_cart_their_own_by_making_it_again(jane: Customer, front: Storefront) -> None:
    jane.call("POST", "/v2/carts", {"id": "wedding"})
    john = Customer(front, "john")
    again = john.call("POST", "/v2/carts", {"id": "wedding", "name": "Ours"}).body["data"]
    assert again["relationships"]["customers"]["data"] == [{"type": "customer", "id": jane.id}]
    assert (jane.carts, john.carts) == (["wedding"], [])


def test_who_leaves_a_cart_does_not_find_it_any_more_and_it_stays(jane: Customer) -> None:
    jane.call("POST", "/v2/carts", {"id": "wedding", "name": "Wedding"})
    left = jane.take("wedding", "DELETE")
    assert (left.status, left.raw, jane.carts) == (204, "", [])
    assert Cart(jane.front, "wedding").data["name"] == "Wedding"


def test_nobody_takes_a_cart_in_anothers_name(front: Storefront, jane: Customer) -> None:
    john = Customer(front, "john")
    jane.take("birthday")
    detail = "Customer does not have the required permissions to fulfill this request"
    assert refusal(jane.take("wedding", other=john.id)) == (403, "Forbidden", detail)
    assert refusal(john.take("birthday", "DELETE", other=jane.id)) == (403, "Forbidden", detail)
    body = [{"type": "customer", "id": jane.id}]
    assert front.call("POST", "/v2/carts/wedding/relationships/customers", body).status == 403
    assert (jane.carts, john.carts) == (["birthday"], [])


def test_whoever_knows_the_id_of_a_cart_may_use_it(front: Storefront, jane: Customer) -> None:
    jane.call("POST", "/v2/carts", {"id": "wedding", "name": "Wedding"})
    assert Cart(front, "wedding").data["name"] == "Wedding"


def test_the_shops_backend_gives_carts_to_anybody_who_is_there(backend: Storefront, jane: Customer) -> None:
    path = "/v2/carts/wedding/relationships/customers"
    assert backend.call("POST", path, [{"type": "customer", "id": jane.id}]).status == 200
    assert jane.carts == ["wedding"]
    assert refusal(backend.call("POST", path, [{"type": "customer", "id": NOBODY}]))[:2] == (404, "Not Found")
    assert backend.call("DELETE", path, [{"type": "customer", "id": jane.id}]).status == 204
    assert jane.carts == []


def test_a_cart_may_be_an_accounts(backend: Storefront) -> None:
    account = wiring.accounts().save(replace(an_account(), id=wiring.new_id()))
    body = [{"type": "account", "id": uuid_of(account.id)}]
    assert backend.call("POST", "/v2/carts/wedding/relationships/accounts", body).body == {"data": body}
    assert Cart(backend, "wedding").data["relationships"]["accounts"]["data"] == body
    assert [cart.id for cart in wiring.carts().of("acme", account.id)] == ["wedding"]
    assert backend.call("DELETE", "/v2/carts/wedding/relationships/accounts", body).status == 204
    assert wiring.carts().of("acme", account.id) == []


@pytest.mark.parametrize(
    ("body", "status", "source"),
    [
        ({"type": "customer", "id": NOBODY}, 400, "data"),
        ([], 400, "data"),
        ([{"type": "account", "id": NOBODY}], 400, "data.0.type"),
        ([{"type": "customer"}], 400, "data.0.id"),
        ([{"type": "customer", "id": NOBODY}, {"type": "customer", "id": "x"}], 403, ""),
        ([{"type": "customer", "id": "nobody"}], 404, "data.0.id"),
    ],
)
def test_one_customer_is_meant_and_that_clearly(backend: Storefront, body: Any, status: int, source: str) -> None:
    for method in ("POST", "DELETE"):
        reply = backend.call(method, "/v2/carts/wedding/relationships/customers", body)
        assert reply.status == status, reply.raw
        assert reply.body["errors"][0].get("source", "") == source


def test_a_guests_cart_is_nobody_elses(jane: Customer) -> None:
    cart = Cart(jane.front, "birthday")
    cart.put(contact={"email": "guest@example.com"})
    assert refusal(jane.take("birthday"))[0] == 422
    jane.take("wedding")
    assert refusal(Cart(jane.front, "wedding").put(contact={"email": "guest@example.com"}))[0] == 422


def test_the_last_cart_of_a_customer_stays(jane: Customer) -> None:
    for cart in ("birthday", "wedding"):
        jane.call("POST", "/v2/carts", {"id": cart})
    assert jane.call("DELETE", "/v2/carts/birthday").status == 204
    assert refusal(jane.call("DELETE", "/v2/carts/wedding")) == (
        400,
        "Last cart",
        "This is the last cart associated with a customer and it cannot be deleted, try disassociating instead",
    )
    assert jane.carts == ["wedding"]
    jane.take("wedding", "DELETE")
    assert jane.call("DELETE", "/v2/carts/wedding").status == 204


def test_carts_are_listed_in_pages(jane: Customer) -> None:
    for number in range(5):
        jane.call("POST", "/v2/carts", {"id": f"cart-{number}"})
    body = jane.call("GET", "/v2/carts?page[limit]=2&page[offset]=2").body
    assert len(body["data"]) == 2
    assert body["meta"] == {
        "page": {"limit": 2, "offset": 2, "current": 2, "total": 3},
        "results": {"total": 5},
    }
    assert "page%5Boffset%5D=4" in body["links"]["next"]
    assert "page%5Boffset%5D=0" in body["links"]["prev"]
    assert jane.call("GET", "/v2/carts").body["meta"]["page"]["total"] == 1
    for query in ("page[limit]=0", "page[limit]=101", "page[limit]=x", "page[offset]=-1", "page[offset]=10001"):
        assert refusal(jane.call("GET", f"/v2/carts?{query}"))[:2] == (400, "format")


def test_nobody_lists_the_carts_of_nobody(front: Storefront, backend: Storefront) -> None:
    assert refusal(front.call("GET", "/v2/carts"))[:2] == (403, "Forbidden")
    assert refusal(backend.call("GET", "/v2/carts"))[:2] == (403, "Forbidden")
