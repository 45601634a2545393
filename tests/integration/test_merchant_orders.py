"""A merchant's orders: why one costs what it costs."""

from __future__ import annotations

from tests.builders import a_line
from tests.integration.deployment import Deployment
from tests.integration.placed import MUG_LINE, placed, sell_mugs

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
