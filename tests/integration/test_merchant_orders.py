"""A merchant's orders: found, noted, exported, anonymized, and why one costs what it costs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.builders import a_basket, a_customer, a_line, a_receiver
from tests.integration.api import Reply
from tests.integration.deployment import ROOT_TOKEN, Deployment, put_ready_order
from tests.integration.placed import MUG_LINE, Placed, placed, sell_mugs
from till.domain.attempt import Goal
from till.domain.notes import Notes

KEY = "anonymize-0123456789"


def asked(till: Deployment, path: str = "/orders", method: str = "GET", body: Any = None, **query: Any) -> Reply:
    """The merchant's call; `since` is the query's `from`."""
    named = {"from" if name == "since" else name: value for name, value in query.items()}
    headers = {"Authorization": f"Bearer {ROOT_TOKEN}"} | ({"Idempotency-Key": KEY} if method == "POST" else {})
    return till.around.call(method, f"/merchant/shops/acme{path}?{urlencode(named)}", body, headers)


def found(till: Deployment, **query: Any) -> list[str]:
    """Ids of the orders on the first page, in its order."""
    return [order["id"] for order in asked(till, **query).data]


def bought(till: Deployment, email: str = "john.doe@example.com", **changes: Any) -> Placed:
    """An order that somebody placed; nothing has left the outbox yet."""
    order = put_ready_order(till, basket=a_basket(customer=a_customer(email=email)), **changes)
    till.placing().submit("acme", order.id, Goal.PROCESS)
    return Placed(till, order.id)


# Found


def test_an_order_is_found_by_its_number_its_email_its_status_and_its_charge(till: Deployment) -> None:
    johns, janes = bought(till), bought(till, "Jane.Roe@example.com")
    till.deliver_streams()
    cancelled = bought(till, "jane.roe@example.com")
    assert cancelled.post("cancel").status == 200
    number = janes.detail["number"]
    assert found(till, number=number) == found(till, number=f"#{number}") == [janes.id]
    assert found(till, number=number, status="cancelled") == found(till, number=number + 99) == []
    assert found(till, email="JANE.ROE@example.com") == [cancelled.id, janes.id]
    assert found(till, email="jane.roe@example.com", status="placed") == [janes.id]
    assert found(till, email="nobody@example.com") == []
    assert found(till, status="placed") == [janes.id, johns.id]
    assert found(till, charge="captured") == [janes.id, johns.id]
    assert found(till, charge="voided") == [cancelled.id]


def test_orders_are_found_by_what_became_of_their_push(till: Deployment) -> None:
    bought(till)
    till.change_shop(platform=a_receiver(id="platform"))
    order = bought(till)
    assert found(till, push="pending") == [order.id]
    assert found(till, push="delivered") == []
    assert [one["push"] for one in asked(till).data] == ["pending", None]
    assert [one["push"] for one in rows(till)] == ["pending", ""]


def test_orders_are_found_between_two_dates(till: Deployment) -> None:
    order = bought(till)
    at = order.detail["placed_at"]
    day, moment = (datetime.fromtimestamp(at, UTC).strftime(form) for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"))
    for since, until in ((at, at), (day, day), (moment, moment), ("2020-01-01", "2999-12-31T00:00:00+02:00")):
        assert found(till, since=since, to=until) == [order.id]
        assert found(till, since=since, to=until, email="john.doe@example.com") == [order.id]
    for since, until in ((at + 1, at + 9), (at - 9, at - 1), ("2020-01-01", "2020-12-31")):
        assert found(till, since=since, to=until) == []
        assert found(till, since=since, to=until, email="john.doe@example.com") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "paid"),
        ("charge", "done"),
        ("push", "pushed"),
        ("from", "yesterday"),
        ("from", "2026-13-01"),
        ("to", "-5"),
        ("to", "9" * 12),
        ("to", "9999-12-31T23:59:59-23:59"),
        ("number", "twelve"),
        ("number", "\u0661"),
        ("email", "john"),
        ("limit", "101"),
        ("cursor", "mine"),
    ],
)
@pytest.mark.parametrize("path", ["/orders", "/orders.csv"])
def test_what_cannot_be_looked_for_is_named(till: Deployment, name: str, value: str, path: str) -> None:
    if (name, path) == ("limit", "/orders.csv"):
        value = "1001"
    answer = asked(till, path, **{name: value})
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, name)


def test_what_is_empty_is_not_asked_for(till: Deployment) -> None:
    order = bought(till)
    nothing: Mapping[str, str] = dict.fromkeys(("status", "charge", "since", "to", "email", "number", "tag"), "")
    assert found(till, **nothing) == [order.id]


@pytest.mark.parametrize("email", ["", "john.doe@example.com"])
def test_pages_of_what_was_found_neither_repeat_nor_leave_out_an_order(till: Deployment, email: str) -> None:
    wanted = []
    for n in range(5):
        order = bought(till, notes=Notes(tags=("gift",) if n % 2 else ("gift", "rush")))
        wanted += [order.id] if n % 2 == 0 else []
    pages: list[list[str]] = []
    cursor = ""
    while len(pages) < 9:
        answer = asked(till, email=email, tag="rush", limit=2, cursor=cursor)
        pages.append([order["id"] for order in answer.data])
        if not (cursor := answer.body["next_cursor"] or ""):
            break
    assert [one for page in pages for one in page] == wanted[::-1]
    assert max(map(len, pages)) <= 2


# Noted


def test_a_merchant_notes_and_tags_an_order_and_finds_it_by_its_tag(till: Deployment) -> None:
    order, other = bought(till), bought(till)
    assert asked(till, f"/orders/{other.id}", "PATCH", {"tags": ["vips"]}).status == 200
    changed = asked(till, f"/orders/{order.id}", "PATCH", {"note": "Called.", "tags": ["vip", "rush", "vip"]}).data
    assert (changed["note"], changed["tags"]) == ("Called.", ["vip", "rush"])
    kept = asked(till, f"/orders/{order.id}", "PATCH", {"tags": ["vip"]}).data
    assert (kept["note"], kept["tags"]) == ("Called.", ["vip"])
    assert found(till, tag="vip") == [order.id]
    assert [one["tags"] for one in asked(till, tag="vip").data] == [["vip"]]
    till.deliver_streams()
    assert (order.detail["charge"], order.detail["note"]) == ("captured", "Called.")


@pytest.mark.parametrize(
    ("body", "field"),
    [({"note": "x" * 2001}, "note"), ({"tags": [""]}, "tags.0"), ({"tags": ["t"] * 101}, "tags"), ({"no": 1}, "no")],
)
def test_a_note_that_is_too_long_is_named(till: Deployment, body: Any, field: str) -> None:
    answer = asked(till, f"/orders/{bought(till).id}", "PATCH", body)
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)


def test_an_order_that_was_never_placed_is_not_noted(till: Deployment) -> None:
    assert asked(till, f"/orders/{put_ready_order(till).id}", "PATCH", {"note": "Hm."}).status == 404


# Exported


def rows(till: Deployment, **query: Any) -> list[dict[str, str]]:
    answer = asked(till, "/orders.csv", **query)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.raw, newline="")))


def test_orders_are_exported_with_one_row_each_that_sums_up(till: Deployment) -> None:
    sell_mugs(till)
    till.offer("SAVE10")
    order = placed(till, (a_line(), MUG_LINE), code="SAVE10")
    assert order.refund(amount="50.00").status == 200
    assert (
        asked(till, f"/orders/{order.id}", "PATCH", {"note": 'Two\nlines, quoted "so".', "tags": ["a", "b"]}).status
        == 200
    )
    (row,) = rows(till, status="placed")
    assert (row["number"], row["order_id"]) == (str(order.detail["number"]), order.id)
    amounts = {name: row[name] for name in ("items", "discounts", "shipping", "tax", "total", "captured", "refunded")}
    assert amounts == {
        "items": "254.97",
        "discounts": "25.50",
        "shipping": "10.00",
        "tax": "27.55",
        "total": "267.02",
        "captured": "267.02",
        "refunded": "50.00",
    }
    assert (row["name"], row["city"], row["lines"]) == ("John Doe", "Winnipeg", "1 x ABS; 3 x MUG")
    assert (row["tags"], row["note"]) == ("a, b", 'Two\nlines, quoted "so".')
    assert rows(till, status="cancelled") == []


def test_what_a_shopper_wrote_is_no_formula_in_the_merchants_spreadsheet(till: Deployment) -> None:
    name = '=HYPERLINK("http://evil.example")'
    basket = a_basket(customer=a_customer(first_name=name, last_name=""))
    order = put_ready_order(till, basket=basket, notes=Notes(tags=("+1+1", "fine")))
    till.placing().submit("acme", order.id, Goal.PROCESS)
    (row,) = rows(till)
    assert (row["name"], row["tags"]) == (f"'{name}", "'+1+1, fine")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("x;=1", "x;'=1"),
        ('x; "=1', "x;' \"=1"),
        ("a\t@b\n-c", "a\t'@b\n'-c"),
        ("x;\uff1d1", "x;'\uff1d1"),
        ("Smith-Jones; 2 = 1 + 1", "Smith-Jones; 2 = 1 + 1"),
    ],
)
def test_it_is_no_formula_for_a_spreadsheet_that_splits_at_semicolons_either(
    till: Deployment, written: str, shown: str
) -> None:
    order = bought(till)
    assert asked(till, f"/orders/{order.id}", "PATCH", {"note": written}).status == 200
    assert [row["note"] for row in rows(till)] == [shown]


def test_a_long_export_goes_on_where_it_ended(till: Deployment) -> None:
    made = [bought(till).id for _ in range(3)]
    first = asked(till, "/orders.csv", limit=2)
    rest = rows(till, cursor=first.headers["Next-Cursor"])
    assert first.raw.count("\r\n") == 3
    assert [row["order_id"] for row in rest] == made[:1]
    assert "Next-Cursor" not in asked(till, "/orders.csv", since=till.clock.seconds() - 600).headers


@pytest.mark.parametrize("email", ["", "john.doe@example.com"])
def test_an_export_of_large_orders_goes_on_where_an_answer_is_full(till: Deployment, email: str) -> None:
    lines = tuple(a_line(key=f"line-{n}", sku="\U0001f9c9" * 255) for n in range(500))
    basket = a_basket(lines=lines, customer=a_customer(email="john.doe@example.com"))
    made = [put_ready_order(till, basket=basket, placed_at=till.clock.seconds() - n).id for n in range(4)]
    wanted: dict[str, Any] = {"email": email, "since": till.clock.seconds() - 600}
    first = asked(till, "/orders.csv", **wanted)
    second = asked(till, "/orders.csv", **wanted, cursor=first.headers["Next-Cursor"])
    assert "Next-Cursor" not in second.headers
    ids = [row["order_id"] for one in (first, second) for row in csv.DictReader(io.StringIO(one.raw, newline=""))]
    assert ids == made
    assert len(json.dumps(first.raw)) < 6_000_000


# Anonymized


def test_an_order_that_is_over_forgets_whose_it_was_once_and_for_all(till: Deployment) -> None:
    order = bought(till, "jane.roe@example.com")
    refused = asked(till, f"/orders/{order.id}/anonymize", "POST")
    assert (refused.status, refused.body["errors"][0]["field"]) == (409, "order")
    assert asked(till, f"/orders/{order.id}", "PATCH", {"note": "Jane called."}).status == 200
    assert order.post("cancel").status == 200
    headers = {"Authorization": f"Bearer {ROOT_TOKEN}"}
    path = f"/merchant/shops/acme/orders/{order.id}/anonymize"
    for _ in range(2):
        answer = till.around.call("POST", path, headers=headers)
        assert (answer.data["anonymized"], answer.data["note"], answer.data["email"]) == (True, None, "**")
    assert found(till, email="jane.roe@example.com") == []
    assert found(till, number=answer.data["number"]) == [order.id]
    assert "Jane" not in str(till.order(order.id))


# Totals


def test_a_total_is_explained_step_by_step_in_figures_and_in_sentences(till: Deployment) -> None:
    sell_mugs(till)
    till.offer("SAVE10")
    order = placed(till, (a_line(), MUG_LINE), code="SAVE10")
    found = order.read("/totals/explain")
    steps = found["steps"]
    assert found["total"] == order.detail["total"] == steps[-1]["total_so_far"]
    assert [(step["kind"], step["label"], step["amount"]) for step in steps] == [
        ("line", "1 x ABS", 22500),
        ("line", "3 x MUG", 2997),
        ("shipping", "Standard", 1000),
        ("discount", "SAVE10", -2550),
        ("tax", "GST", 1148),
        ("tax", "PST", 1607),
    ]
    assert [[one["text"] for one in step["workings"]] for step in steps[1:5]] == [
        ["3 x 9.99 is 29.97."],
        ["10.00 as it is set."],
        ["10 % of 254.97 is 25.497, rounded half up to 25.50.", "25.50 is split: 22.50 to line-1, 3.00 to mugs."],
        ["5 % of 202.50 is 10.125, rounded half up to 10.13.", "5 % of 26.97 is 1.3485, rounded half up to 1.35."],
    ]
    split = steps[3]["workings"][1]
    assert split["shares"][0] == {"of": "line-1", "exact": "6375000/2833", "amount": 2250}
