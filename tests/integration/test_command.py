"""The command `till` does a merchant's day, and says in a sentence what it cannot do."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import httpx
import pytest

from tests.fakes.outbound import Service, http_answer, running
from tests.integration.command import URL, Command
from tests.integration.deployment import ROOT_TOKEN, Deployment
from tests.integration.placed import MUG_LINE, placed, sell_mugs

CSV = Path(__file__).parents[1] / "data" / "shopify-home-and-garden.csv"
KEY = "refund-0123456789"


@pytest.fixture
def command(till: Deployment, tmp_path: Path) -> Command:
    return Command(tmp_path)


def test_a_shop_is_shown_and_changed(command: Command) -> None:
    assert command.json("shop", "show")["identifier"] == "acme"
    changes = ("name=Acme & Sons", "phone_required=true", 'allowed_origins=["https://acme.example.com"]')
    after = command.json("shop", "set", *changes)
    assert (after["name"], after["settings"]["phone_required"]) == ("Acme & Sons", True)
    shown = command.run("shop", "show").answer
    assert "Acme & Sons" in shown
    assert "https://acme.example.com" in shown


def test_a_second_shop_is_opened_and_named_by_the_option(command: Command) -> None:
    assert command.run("shop", "create", "tea", "--name", "Tea", "--currency", "USD", "--country", "US").status == 0
    assert command.json("shop", "show", "--shop", "tea")["currency"] == "USD"
    assert [one["identifier"] for one in command.json("shop", "list")] == ["acme", "tea"]


def test_a_long_product_file_comes_in_parts_and_what_is_refused_is_named_by_its_line(
    command: Command, tmp_path: Path
) -> None:
    head, pot, *_ = CSV.read_text().splitlines()
    image = f"clay-plant-pot{',' * 24}https://example.com/pot.jpg{',' * 23}"
    dear = pot.replace("clay-plant-pot", "dear-pot").replace(",9.99,", ",dear,")
    file = tmp_path / "products.csv"
    file.write_text("\n".join([head, pot, *[image] * 210, dear]))
    ended = command.run("products", "import", str(file))
    assert (ended.status, sum(one.url.path.endswith("/import") for one in command.functions.sent)) == (1, 2)
    line = next(line for line in ended.answer.splitlines() if "dear-pot" in line)
    assert line.split()[:2] == ["213", "refused"]
    assert "Variant Price" in line
    file.write_text("\n".join([head, pot]))
    assert command.json("products", "import", str(file))["unchanged"] == 1


def test_stock_is_set_adjusted_once_for_its_key_and_told_when_it_is_low(command: Command) -> None:
    command.run("products", "import", str(CSV))
    sku = command.json("products", "list", "--limit", "1")[0]["variants"][0]["sku"]
    assert command.run("stock", "set", sku, "7").status == 0
    for _ in range(2):
        ended = command.run("stock", "adjust", sku, "-4", "--key", "a-delivery-00001", "--json")
        assert json.loads(ended.answer)["on_hand"] == 3
    assert sku in [one["sku"] for one in command.json("stock", "low", "--below", "4")]
    assert sku not in [one["sku"] for one in command.json("stock", "low", "--below", "3")]


def test_an_order_is_found_sent_and_its_money_given_back_once(till: Deployment, command: Command) -> None:
    sell_mugs(till)
    order = placed(till, [MUG_LINE])
    (listed,) = command.json("orders", "list")
    assert listed["id"] == order.id
    shown = command.run("orders", "show", order.id).answer
    assert "MUG" in shown
    assert f"{listed['total'] / 100:.2f} CAD" in shown
    assert command.run("orders", "fulfil", order.id, "--line", "mugs=2", "--tracking", "9400").status == 0
    for _ in range(2):
        ended = command.run("refund", order.id, "--line", "mugs=1", "--restock", "--key", KEY, "--yes")
        assert (ended.status, KEY in ended.said) == (0, True)
    assert len(order.detail["refunds"]) == 1
    refunded = order.detail["refunded"]
    assert refunded == order.refunds[0]
    assert command.json("refund", order.id, "--amount", "1.00", "--yes")["refunded"] == refunded + 100


def test_an_order_is_found_by_its_number_explained_and_noted(till: Deployment, command: Command) -> None:
    sell_mugs(till)
    order, other = placed(till, [MUG_LINE]), placed(till)
    number = str(order.detail["number"])
    assert command.json("orders", "show", number)["id"] == order.id
    assert command.run("orders", "show", "999999").status == 1
    explained = command.run("orders", "explain", number).answer
    assert "3 x 9.99 is 29.97." in explained
    assert explained.split()[-2:] == [f"{order.detail['total'] / 100:.2f}", "CAD"]
    command.json("orders", "note", number, "Called about the colour.")
    command.json("orders", "tag", number, "vip", "new")
    assert command.json("orders", "tag", number, "old", "--remove", "new")["tags"] == ["vip", "old"]
    assert order.detail["note"] == "Called about the colour."
    assert [one["id"] for one in command.json("orders", "list", "--tag", "vip")] == [order.id]
    assert {one["id"] for one in command.json("orders", "list", "--status", "placed")} == {order.id, other.id}
    assert command.run("orders", "anonymize", order.id, "--yes").status == 1  # it is still to be sent


def test_what_happened_to_a_payment_is_told_in_one_look(till: Deployment, command: Command) -> None:
    order = placed(till)
    command.run("refund", order.id, "--amount", "1.00", "--reason", "A dent", "--yes")
    told = command.run("orders", "timeline", order.id).answer
    lines = told.splitlines()
    assert "262.00 CAD" in lines[0]
    for what in ("authorize", "capture", "refund", "order.placed", "order workflow", "fulfilment workflow"):
        assert what in told, what
    assert "{" not in told


def test_orders_are_exported_page_by_page_into_one_file(till: Deployment, command: Command, tmp_path: Path) -> None:
    ids = {placed(till).id for _ in range(2)}
    rows = csv.DictReader(command.run("orders", "export").answer.splitlines())
    assert {row["order_id"] for row in rows} == ids
    head, of_two = "order_id,note\r\n", '1,"a\r\nb"\r\n'
    command.functions.sent.clear()
    command.functions.next = [
        httpx.Response(200, headers={"Next-Cursor": "x"}, text=head + of_two),
        httpx.Response(200, text=head + of_two),
    ]
    file = tmp_path / "orders.csv"
    assert command.run("orders", "export", "--output", str(file), "--status", "placed").status == 0
    assert file.read_bytes().decode() == head + of_two * 2
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first, second = (request.url.params for request in command.functions.sent)
    assert (first["status"], "cursor" in first, second["cursor"]) == ("placed", False, "x")


def test_the_key_under_which_money_moves_is_told_before_it_does(till: Deployment, command: Command) -> None:
    order = placed(till)
    command.functions.next = [httpx.ConnectError("no route")]
    ended = command.run("refund", order.id, "--all", "--yes")
    assert ended.status == 4
    key = ended.said.splitlines()[0].removeprefix("Idempotency-Key: ")
    assert key == command.functions.sent[-1].headers["Idempotency-Key"]
    assert command.run("refund", order.id, "--all", "--yes", "--key", key).status == 0


def test_nothing_is_given_back_that_nobody_named_or_confirmed(till: Deployment, command: Command) -> None:
    order = placed(till)
    assert command.run("refund", order.id, "--yes").status == 1
    assert command.run("refund", order.id, "--all", typed="n\n").status == 1
    assert command.run("orders", "cancel", order.id, typed="\n").status == 1
    assert order.refunds == []
    assert command.run("orders", "cancel", order.id, typed="y\n").status == 0
    assert order.refunds == [26200]


def test_what_the_shop_refuses_is_a_sentence_that_names_the_field(till: Deployment, command: Command) -> None:
    order = placed(till)
    ended = command.run("refund", order.id, "--amount", "9999.00", "--yes")
    assert (ended.status, ended.answer) == (1, "")
    assert "(amount)" in ended.said
    told = command.run("orders", "capture", order.id, "--amount", "x", "--json")
    assert json.loads(told.said.partition("\n")[2])["errors"][0]["field"] == "amount"
    assert command.run("orders", "list", "--limit", "x").status == 2
    assert command.run("orders", "list", environment={"TILL_TOKEN": "wrong"}).status == 3


def test_an_endpoint_is_added_tried_rotated_and_removed(command: Command) -> None:
    with running(Service()) as service:
        endpoint = command.json("webhooks", "add", service.url, "--type", "order.*", "--type", "cart.created")
        assert endpoint["types"] == ["order.*", "cart.created"]
        assert command.json("webhooks", "test", endpoint["id"])["state"] == "delivered"
        (delivery,) = command.json("webhooks", "deliveries", endpoint["id"])
        assert [body["type"] for body in service.bodies] == ["webhook.test"]
        service.answer = lambda _: http_answer("500 Oh", b"closed for the night")
        tried = command.run("webhooks", "test", endpoint["id"])
        assert (tried.status, "500" in tried.answer, "closed" in tried.answer) == (1, True, True)
        assert command.json("webhooks", "redeliver", endpoint["id"], delivery["id"])["state"] == "pending"
    rotated = command.json("webhooks", "rotate", endpoint["id"])
    assert rotated["secret"] != endpoint["secret"]
    assert rotated["previous_secret_until"]
    assert "order.*, cart.created" in command.run("webhooks", "list").answer
    assert command.json("webhooks", "disable", endpoint["id"])["enabled"] is False
    assert command.run("webhooks", "remove", endpoint["id"], "--yes").status == 0
    assert command.json("webhooks", "list") == []


def test_a_person_is_exported_to_a_file_of_ones_own_and_erased(
    till: Deployment, command: Command, tmp_path: Path
) -> None:
    order = placed(till)
    email = order.detail["email"]
    file = tmp_path / "person.json"
    file.touch(0o644)
    assert command.run("customers", "export", "--email", email, "--output", str(file)).status == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["order_ids"] == [order.id]
    kept = command.run("customers", "erase", "--email", email, "--yes")
    assert (kept.status, order.id in kept.answer) == (1, True)
    assert command.run("orders", "fulfil", order.id).status == 0
    assert command.run("customers", "erase", "--email", email, "--yes").status == 0
    assert order.detail["email"] != email


def test_a_file_that_cannot_be_written_is_a_sentence(command: Command, tmp_path: Path) -> None:
    ended = command.run("orders", "export", "--output", str(tmp_path))
    assert (ended.status, str(tmp_path) in ended.said) == (1, True)
    assert command.run("orders", "export", "--output", "/dev/null").status == 0


def test_a_login_is_kept_for_its_owner_alone(command: Command, tmp_path: Path) -> None:
    nobody = dict.fromkeys(command.environment.keys() - {"HOME"})
    assert command.run("login", "--url", URL, "--shop", "acme", typed="wrong\n", environment=nobody).status == 3
    assert (
        command.run(
            "login", "--url", "http://till.example.com", "--shop", "acme", typed="t\n", environment=nobody
        ).status
        == 1
    )
    ended = command.run("login", "--url", f"{URL}/", "--shop", "acme", typed=f"{ROOT_TOKEN}\n", environment=nobody)
    assert ROOT_TOKEN not in ended.answer + ended.said
    file = tmp_path / ".config" / "till" / "login.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert command.run("shop", "show", environment=nobody).status == 0
    assert command.run("logout", environment=nobody).status == 0
    assert not file.exists()


def test_a_busy_shop_is_asked_again_under_the_same_key(command: Command) -> None:
    command.functions.next = [httpx.Response(503, headers={"Retry-After": "0"}, json={"errors": []})]
    assert command.run("shop", "set", "name=Acme").status == 0
    first, second = (request.headers["Idempotency-Key"] for request in command.functions.sent)
    assert first == second
    command.functions.next = [httpx.Response(503, headers={"Retry-After": "0"}, json={"errors": []})] * 3
    assert command.run("shop", "show").status == 4
