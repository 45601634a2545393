"""Orders as people read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.console import Group
from rich.table import Table
from rich.text import Text

from till_cli.merchant import Json
from till_cli.money import decimal, money
from till_cli.printing import Column, facts, plain, table, when

COLUMNS: tuple[Column[Json], ...] = (
    ("Id", lambda one: one["id"]),
    ("Number", lambda one: one["number"]),
    ("Status", lambda one: one["status"]),
    ("Charge", lambda one: one.get("charge")),
    ("Push", lambda one: one.get("push")),
    ("Total", lambda one: money(one["total"], one["currency"])),
    ("E-mail", lambda one: one["email"]),
    ("Placed", lambda one: when(one["placed_at"])),
    ("Tags", lambda one: ", ".join(one.get("tags") or [])),
)


def order(one: Json) -> Group:
    """One order, without its history."""
    currency = one["currency"]
    lines = table(
        one["line_items"],
        ("Line", lambda line: line["key"]),
        ("SKU", lambda line: line["sku"]),
        ("Title", lambda line: line["product_title"] or line["title"]),
        ("Quantity", lambda line: line["quantity"]),
        ("Each", lambda line: money(line["unit_price"], currency)),
        ("Together", lambda line: money(line["subtotal"], currency)),
    )
    return Group(facts(_facts(one)), plain(""), lines)


def _facts(one: Json) -> list[tuple[str, object]]:
    currency, totals = one["currency"], one["totals"]
    amounts = [
        (name.replace("_", " "), money(totals[name], currency)) for name in ("items", "shipping", "tax") if totals[name]
    ]
    after = [
        (name.replace("_", " "), money(one[name], currency))
        for name in ("captured", "refunded", "net_total")
        if one.get(name) is not None
    ]
    sent = sum(line["quantity"] for line in one.get("to_send", []))
    return [
        ("id", one["id"]),
        ("number", one["number"]),
        ("status", one["status"]),
        ("placed", when(one["placed_at"])),
        ("e-mail", one["email"]),
        *amounts,
        ("total", money(one["total"], currency)),
        ("charge", " ".join(filter(None, (one.get("charge"), one.get("charge_problem"))))),
        *after,
        ("push", one.get("push")),
        ("to send", f"{sent} units" if sent else ""),
        ("payments", ", ".join(_payment(payment, currency) for payment in one["payments"])),
        ("note", one.get("note")),
        ("tags", ", ".join(one.get("tags") or [])),
        ("anonymized", one["anonymized"] or None),
    ]


def _payment(payment: Json, currency: str) -> str:
    return f"{payment['display_string'] or payment['type']} {money(payment['amount'], currency)}"


def timeline(found: Json) -> Group:
    """All that happened, in the order of time; before it what that comes to, after it where AWS shows it."""
    rows = table(
        found["entries"],
        ("When", lambda one: _moment(one["at"])),
        ("Kind", lambda one: one["kind"]),
        ("What", lambda one: one["what"]),
        ("Outcome", lambda one: one["outcome"]),
        ("ms", lambda one: one["milliseconds"]),
        ("Detail", lambda one: "; ".join(_said(one["detail"]))),
    )
    executions = [(f"{one['workflow']} workflow", one["console"] or one["arn"]) for one in found["executions"]]
    return Group(plain(found["summary"]), plain(""), rows, plain(""), facts(executions))


def _moment(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone()
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}"


def _said(detail: Json) -> Iterator[str]:
    """Each fact by its name; what is empty is left out."""
    for name, value in detail.items():
        parts = [f"{key} {one}" for key, one in value.items()] if isinstance(value, dict) else value
        said = ", ".join(map(str, parts)) if isinstance(parts, list) else parts
        if said not in (None, ""):
            yield f"{name}: {said}"


def explanation(found: Json) -> Table:
    """Each step of the total, and beneath it what was rounded and what was split."""
    rows = Table(box=None, pad_edge=False, header_style="bold")
    rows.add_column("Step", overflow="fold")
    for title in ("Amount", "So far"):
        rows.add_column(title, justify="right")
    currency = found["currency"]
    for step in found["steps"]:
        included = f" ({decimal(step['included'], currency)} is in the prices)" if step["included"] else ""
        amounts = (decimal(step[name], currency) for name in ("amount", "total_so_far"))
        rows.add_row(plain(f"{step['kind'].replace('_', ' ')}: {step['label']}{included}"), *amounts)
        for one in step["workings"]:
            rows.add_row(plain(f"    {one['of']}: {one['text']}"))
    rows.add_row(Text("total", style="bold"), "", Text(money(found["total"], currency), style="bold"))
    return rows
