"""Which adapter stands behind which port. Each is made on first use and kept while the function is warm."""

from __future__ import annotations

import functools
import os
import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from till.adapters.aws import client
from till.application.identifiers import ulid
from till.runtime.settings import environment

if TYPE_CHECKING:
    from till.adapters.addresses import AddressBook
    from till.adapters.dynamodb.accounts import DynamoDBAccounts
    from till.adapters.dynamodb.carts import DynamoDBCarts
    from till.adapters.dynamodb.catalog import DynamoDBCatalog
    from till.adapters.dynamodb.clients import DynamoDBClients
    from till.adapters.dynamodb.discounts import DynamoDBDiscounts
    from till.adapters.dynamodb.flight_recorder import DynamoDBFlightRecorder
    from till.adapters.dynamodb.gift_cards import DynamoDBGiftCards
    from till.adapters.dynamodb.orders import DynamoDBOrders
    from till.adapters.dynamodb.people import DynamoDBPeople
    from till.adapters.dynamodb.records import DynamoDBRecords
    from till.adapters.dynamodb.sales import DynamoDBSales
    from till.adapters.dynamodb.saved_payments import DynamoDBSavedPayments
    from till.adapters.dynamodb.stock import DynamoDBStock
    from till.adapters.inventory_override import PluginInventory
    from till.adapters.mail_domains import DnsMailDomains
    from till.adapters.outbound import HttpsOutbound
    from till.adapters.payments.registry import GatewayRegistry
    from till.adapters.payments.secrets import SecretsManagerSecrets
    from till.adapters.taxes import ShopTaxes
    from till.adapters.workflow import StepFunctionsWorkflow
    from till.application.after_sales import AfterSales
    from till.application.anonymizing import Anonymizing
    from till.application.cart_editing import CartEditor
    from till.application.cart_items import CartItems
    from till.application.editing import Editor
    from till.application.forgetting import Forgetting
    from till.application.gift_cards import Paying
    from till.application.limits import Limits
    from till.application.merging import Merging
    from till.application.order_changes import OrderChanges
    from till.application.paying import Paying as PayingOrders
    from till.application.placing import Placing
    from till.application.searching import Searching


def now() -> int:
    """Unix seconds."""
    return int(time.time())


def new_id() -> str:
    """A fresh ULID."""
    return ulid(milliseconds(), os.urandom(10))


def pause(attempt: int) -> None:
    """Wait before the next try, the longer the more tries there were, with full jitter."""
    time.sleep(random.uniform(0, min(0.4, 0.02 * 2**attempt)))  # noqa: S311  # jitter needs no secrecy


@functools.cache
def orders() -> DynamoDBOrders:
    """Orders, attempts, events."""
    from till.adapters.dynamodb.orders import DynamoDBOrders

    names = environment()
    return DynamoDBOrders(client("dynamodb"), names.orders_table, names.idempotency_table, names.stock_table, now)


@functools.cache
def sales() -> DynamoDBSales:
    """What became of placed orders."""
    from till.adapters.dynamodb.sales import DynamoDBSales

    return DynamoDBSales(client("dynamodb"), environment().orders_table, now)


@functools.cache
def saved_payments() -> DynamoDBSavedPayments:
    """Payments that customers saved."""
    from till.adapters.dynamodb.saved_payments import DynamoDBSavedPayments

    return DynamoDBSavedPayments(client("dynamodb"), environment().orders_table)


@functools.cache
def carts() -> DynamoDBCarts:
    """Carts."""
    from till.adapters.dynamodb.carts import DynamoDBCarts

    names = environment()
    return DynamoDBCarts(client("dynamodb"), names.orders_table, names.idempotency_table, now)


@functools.cache
def cart_editor() -> CartEditor:
    """Changes of carts."""
    from till.application.cart_editing import CartEditor

    return CartEditor(carts(), catalog(), now, new_id, pause)


@functools.cache
def cart_items() -> CartItems:
    """What goes into carts."""
    from till.application.cart_items import CartItems

    return CartItems(catalog(), stock(), discounts(), new_id)


@functools.cache
def limits() -> Limits:
    """How often somebody may ask."""
    from till.adapters.dynamodb.counters import DynamoDBCounters
    from till.application.limits import Limits
    from till.runtime.facts import count

    return Limits(DynamoDBCounters(client("dynamodb"), environment().idempotency_table), now, count)


@functools.cache
def merging() -> Merging:
    """Carts of those who sign in."""
    from till.application.merging import Merging

    return Merging(carts(), cart_editor(), cart_items(), pause)


@functools.cache
def records() -> DynamoDBRecords:
    """Idempotency records of routes that are not an order's."""
    from till.adapters.dynamodb.records import DynamoDBRecords

    return DynamoDBRecords(client("dynamodb"), environment().idempotency_table, now)


@functools.cache
def catalog() -> DynamoDBCatalog:
    """Shops, products, variants."""
    from till.adapters.dynamodb.catalog import DynamoDBCatalog

    return DynamoDBCatalog(client("dynamodb"), environment().catalog_table, time.monotonic)


@functools.cache
def clients() -> DynamoDBClients:
    """Clients of access tokens."""
    from till.adapters.dynamodb.clients import DynamoDBClients

    return DynamoDBClients(client("dynamodb"), environment().catalog_table, time.monotonic)


@functools.cache
def people() -> DynamoDBPeople:
    """Customers, and members of accounts."""
    from till.adapters.dynamodb.people import DynamoDBPeople

    return DynamoDBPeople(client("dynamodb"), environment().orders_table, time.monotonic)


@functools.cache
def accounts() -> DynamoDBAccounts:
    """Accounts."""
    from till.adapters.dynamodb.accounts import DynamoDBAccounts

    return DynamoDBAccounts(client("dynamodb"), environment().orders_table)


@functools.cache
def stock() -> DynamoDBStock:
    """Stock and holds."""
    from till.adapters.dynamodb.stock import DynamoDBStock

    return DynamoDBStock(client("dynamodb"), environment().stock_table)


@functools.cache
def gateways() -> GatewayRegistry:
    """Payment gateways."""
    from till.adapters.payments.registry import GatewayRegistry

    names = environment()
    return GatewayRegistry(
        client("dynamodb"),
        names.ledger_table,
        names.stage,
        names.orders_table,
        gateway_secrets(),
        names.stripe_stand_in,
    )


@functools.cache
def gateway_secrets() -> SecretsManagerSecrets:
    """What payment gateways are asked with."""
    from till.adapters.payments.secrets import SecretsManagerSecrets

    return SecretsManagerSecrets(lambda: client("secretsmanager"), environment().gateway_secrets)


@functools.cache
def workflow() -> StepFunctionsWorkflow:
    """The order workflow."""
    from till.adapters.workflow import StepFunctionsWorkflow

    names = environment()
    return StepFunctionsWorkflow(names.state_machine_arn, names.payment_steps_function)


@functools.cache
def address_book() -> AddressBook:
    """Countries and their rules."""
    from till.adapters.addresses import AddressBook

    return AddressBook()


@functools.cache
def mail_domains() -> DnsMailDomains:
    """Domains of email addresses."""
    from till.adapters.mail_domains import DnsMailDomains

    server = environment().dns_server
    return DnsMailDomains(server, proof=not server)


def milliseconds() -> int:
    """Unix milliseconds."""
    return time.time_ns() // 1_000_000


@functools.cache
def outbound() -> HttpsOutbound:
    """The merchant's own services."""
    from till.adapters.outbound import HttpsOutbound
    from till.runtime import secrets

    names = environment()
    return HttpsOutbound(lambda: secrets.secret(names.outbound_secret), names.stage == "local", now, new_id)


@functools.cache
def inventory_overrides() -> PluginInventory:
    """What plugins say is in stock."""
    from till.adapters.inventory_override import PluginInventory

    return PluginInventory(outbound)


@functools.cache
def taxes() -> ShopTaxes:
    """The tax port."""
    from till.adapters.taxes import ShopTaxes

    return ShopTaxes(outbound)


@functools.cache
def discounts() -> DynamoDBDiscounts:
    """Discount codes."""
    from till.adapters.dynamodb.discounts import DynamoDBDiscounts

    return DynamoDBDiscounts(client("dynamodb"), environment().catalog_table)


@functools.cache
def gift_cards() -> DynamoDBGiftCards:
    """Gift cards."""
    from till.adapters.dynamodb.gift_cards import DynamoDBGiftCards

    return DynamoDBGiftCards(client("dynamodb"), environment().stock_table)


@functools.cache
def paying_with_gift_cards() -> Paying:
    """Payments by gift card."""
    from till.application.gift_cards import Paying

    return Paying(gift_cards(), stock(), now, new_id)


@functools.cache
def editor() -> Editor:
    """Changes of orders."""
    from till.application.editing import Editor

    return Editor(orders(), workflow(), now, new_id, pause)


@functools.cache
def order_changes() -> OrderChanges:
    """What merchants change of orders."""
    from till.application.order_changes import OrderChanges

    return OrderChanges(orders(), paying(), after_sales(), workflow(), now, pause)


@functools.cache
def anonymizing() -> Anonymizing:
    """Names taken out of orders."""
    from till.application.anonymizing import Anonymizing

    return Anonymizing(orders(), sales(), now)


@functools.cache
def forgetting() -> Forgetting:
    """All of one person, found and erased."""
    from till.adapters.dynamodb.traces import DynamoDBTraces
    from till.application.forgetting import Forgetting

    traced = DynamoDBTraces(client("dynamodb"), environment().orders_table, now)
    return Forgetting(people(), accounts(), orders(), sales(), carts(), saved_payments(), traced, anonymizing(), now)


@functools.cache
def searching() -> Searching:
    """Orders, looked for."""
    from till.adapters.dynamodb.order_book import DynamoDBOrderBook
    from till.application.searching import Searching

    return Searching(DynamoDBOrderBook(client("dynamodb"), environment().orders_table, now), sales())


@functools.cache
def flight_recorder() -> DynamoDBFlightRecorder:
    """Everything that was done for an order."""
    from till.adapters.dynamodb.flight_recorder import DynamoDBFlightRecorder

    return DynamoDBFlightRecorder(client("dynamodb"), environment().orders_table, now)


@functools.cache
def placing() -> Placing:
    """Submission of orders."""
    from till.application.placing import Placing

    return Placing(orders(), catalog(), workflow(), limits(), now, new_id, time.sleep)


@functools.cache
def paying() -> PayingOrders:
    """Payments of agreed orders."""
    from till.application.paying import Paying

    return Paying(orders(), sales(), placing(), workflow(), after_sales(), limits())


@functools.cache
def after_sales() -> AfterSales:
    """What merchants do with placed orders."""
    from till.application.after_sales import AfterSales

    return AfterSales(sales(), workflow(), milliseconds)


def at_init(*made: Callable[[], object]) -> None:
    """What every request of a function needs is made when it starts, where Lambda gives a whole processor."""
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        for make in made:
            make()


at_init(lambda: client("dynamodb"))
