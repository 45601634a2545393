"""Every key of every table, in one place.

Orders table                pk                           sk                     index
  an order                  SHOP#s#ORDER#o               ORDER                  by_time, once ordered
  its attempts              SHOP#s#ORDER#o               ATTEMPT#a              due, until final
  its outbox                SHOP#s#ORDER#o               OUTBOX#n               due, until published
  voids to be done          SHOP#s#ORDER#o               VOID#a#p               due
  what became of it         SHOP#s#ORDER#o               SALE                   by_person; by_time, to be looked at
  who is told of its events SHOP#s#ORDER#o               DELIVERY#event#n       by_time; due, while pending
    events of no order      SHOP#s#EVENT#event           DELIVERY#event#n       by_time; due, while pending
  a cart                    SHOP#s#CART#c                CART
    by who has it           SHOP#s#BUYER#b               CART#c
    whose a template is     TEMPLATE#c                   TEMPLATE
  an order by who bought    SHOP#s#BUYER#b               ORDER#time#o
  a customer's payments     SHOP#s#CUSTOMER#i            PAYMENT#p
    the customer at Stripe  SHOP#s#CUSTOMER#i            STRIPE#g
  a key's intent at Stripe  SHOP#s#GATEWAY#g#KEY#k       INTENT
  a customer's session      SHOP#s#CST#i                 CST
  counters                  SHOP#s#COUNTER               ORDER, CUSTOMER
  a person, by id           SHOP#s#PEOPLE#kind           PERSON#i
    by e-mail, whole too    SHOP#s#MAILBOX#kind#digest   PERSON
  an account                SHOP#s#ACCOUNTS              ACCOUNT#a
    whose members are       SHOP#s#ACCOUNT#a             PERSON#i

Catalog table
  a shop                    SHOP#s                       SHOP
  the list of shops         SHOPS                        SHOP#s
  a product                 SHOP#s#PRODUCTS              PRODUCT#p
    by its handle           SHOP#s#HANDLE#h              HANDLE
    by the merchant's id    SHOP#s#PRODUCT#i             PRODUCT
  a variant, whole, by id   SHOP#s#VARIANT#v             VARIANT
    by the merchant's id    SHOP#s#PLATFORM#i            VARIANT
    by SKU                  SHOP#s#SKU#k                 VARIANT
    by number               SHOP#s#NUMBER#n              VARIANT
  counters                  SHOP#s#COUNTER               PRODUCT, VARIANT, CART
  a discount code          SHOP#s#DISCOUNTS             CODE#digest
  a webhook endpoint        SHOP#s#WEBHOOKS              ENDPOINT#n
  a merchant's API token    TOKEN#h                      TOKEN
  the list of tokens        TOKENS                       TOKEN#id
  a client                  CLIENT#i                     CLIENT
  the shop's clients        SHOP#s#CLIENTS               CLIENT#i

Idempotency table
  what a key stands for     SHOP#s#IDEMPOTENCY#h         IDEMPOTENCY
  how often it was asked    SHOP#s#LIMIT#what#who#window LIMIT

Stock table
  a part's numbers          SHOP#s#STOCK#p               STOCK
    p is a variant's ULID, GIFT#g, CODE#d, or CODE#d#customer
  the header of a hold      SHOP#s#HOLD#a                HOLD                   due, until settled
  a gift card               SHOP#s#GIFTS                 GIFT#g
    which a code is of      SHOP#s#GIFTCODE#digest       GIFT
    what moved its money    SHOP#s#GIFTMOVES#g           m
    that it moved once      SHOP#s#ONCE#h                ONCE
  that sold units moved     SHOP#s#MOVED#m#n             MOVED

Sandbox ledger table
  what a key did            GATEWAY#s#g                  KEY#k

Indexes: `by_time` (gsi1sk time#id) lists orders that were submitted or checked out (gsi1pk SHOP#s#yyyymm#shard), sales
that somebody must look at (gsi1pk SHOP#s#HELP) and deliveries to an endpoint (gsi1pk SHOP#s#ENDPOINT#n#shard);
`by_person` (who SHOP#s#EMAIL#digest) finds orders, carts and customers' sessions with an e-mail address, and sales by
their orders' numbers (who SHOP#s#NUMBER#n); `due` (duepk, duesk) is sparse and finds what stands still: duepk
DUE#kind#shard, duesk the time as twelve digits.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime

SHARDS = 4
ULID_LENGTH = 26


def shop(shop: str) -> str:
    """The shop's settings."""
    return f"SHOP#{shop}"


def order(shop: str, order_id: str) -> str:
    """The order and all that belongs to it. A public id begins with the ULID."""
    return f"SHOP#{shop}#ORDER#{order_id[:ULID_LENGTH]}"


def cart(shop: str, cart_id: str) -> str:
    """A cart."""
    return f"SHOP#{shop}#CART#{cart_id}"


def template(cart_id: str) -> str:
    """The shop whose template has this id."""
    return f"TEMPLATE#{cart_id}"


def event(shop: str, event_id: str) -> str:
    """Deliveries of an event that is of no order."""
    return f"SHOP#{shop}#EVENT#{event_id}"


def endpoint(shop: str, endpoint_id: str, shard: int) -> str:
    """Deliveries to one endpoint, by time, of one shard."""
    return f"SHOP#{shop}#ENDPOINT#{endpoint_id}#{shard}"


def buyer(shop: str, buyer_id: str) -> str:
    """What a customer or an account has: pointers. By ULID."""
    return f"SHOP#{shop}#BUYER#{buyer_id}"


def customer(shop: str, platform_id: str) -> str:
    """What is kept for a customer, by the merchant's id."""
    return f"SHOP#{shop}#CUSTOMER#{platform_id}"


def person(shop: str, digest: str) -> str:
    """Whatever holds an e-mail address, by the digest of it."""
    return f"SHOP#{shop}#EMAIL#{digest}"


def order_number(shop: str, number: int) -> str:
    """What became of the order with this number."""
    return f"SHOP#{shop}#NUMBER#{number}"


def customer_session(shop: str, session_id: str) -> str:
    """What was told of a customer before they came."""
    return f"SHOP#{shop}#CST#{session_id}"


def people(shop: str, kind: str) -> str:
    """The shop's customers, or the members of its accounts."""
    return f"SHOP#{shop}#PEOPLE#{kind}"


def mailbox(shop: str, kind: str, digest: str) -> str:
    """A person by the digest of their e-mail address."""
    return f"SHOP#{shop}#MAILBOX#{kind}#{digest}"


def accounts(shop: str) -> str:
    """The shop's accounts."""
    return f"SHOP#{shop}#ACCOUNTS"


def account(shop: str, account_id: str) -> str:
    """Who is a member of an account."""
    return f"SHOP#{shop}#ACCOUNT#{account_id}"


def intent(shop: str, gateway_id: str, payment_key: str) -> str:
    """What stands for a key at a gateway that has ids of its own."""
    return f"SHOP#{shop}#GATEWAY#{gateway_id}#KEY#{payment_key}"


def idempotency(shop: str, record_id: str) -> str:
    """An idempotency record."""
    return f"SHOP#{shop}#IDEMPOTENCY#{record_id}"


def limit(shop: str, counter: str) -> str:
    """How often somebody asked for something within a window of time."""
    return f"SHOP#{shop}#LIMIT#{counter}"


def counter(shop: str) -> str:
    """Counters; the sort key says of what."""
    return f"SHOP#{shop}#COUNTER"


def products(shop: str) -> str:
    """The shop's products."""
    return f"SHOP#{shop}#PRODUCTS"


def handle(shop: str, handle: str) -> str:
    """A product by its handle."""
    return f"SHOP#{shop}#HANDLE#{handle}"


def product_by_platform_id(shop: str, platform_id: str) -> str:
    """A product by the merchant's id."""
    return f"SHOP#{shop}#PRODUCT#{platform_id}"


def variant(shop: str, variant_id: str) -> str:
    """A variant by its ULID."""
    return f"SHOP#{shop}#VARIANT#{variant_id}"


def variant_by_platform_id(shop: str, platform_id: str) -> str:
    """A variant by the merchant's id."""
    return f"SHOP#{shop}#PLATFORM#{platform_id}"


def variant_by_sku(shop: str, sku: str) -> str:
    """A variant by SKU."""
    return f"SHOP#{shop}#SKU#{sku}"


def variant_by_number(shop: str, number: int) -> str:
    """A variant by its small integer."""
    return f"SHOP#{shop}#NUMBER#{number}"


def discounts(shop: str) -> str:
    """The shop's discount codes."""
    return f"SHOP#{shop}#DISCOUNTS"


def webhooks(shop: str) -> str:
    """The shop's webhook endpoints."""
    return f"SHOP#{shop}#WEBHOOKS"


def token(digest: str) -> str:
    """A merchant's API token by the SHA-256 of its secret."""
    return f"TOKEN#{digest}"


def client(client_id: str) -> str:
    """A client by its id, whatever its shop."""
    return f"CLIENT#{client_id}"


def clients(shop: str) -> str:
    """The shop's clients."""
    return f"SHOP#{shop}#CLIENTS"


def stock(shop: str, part: str) -> str:
    """The stock of a variant, or of anything else that runs out."""
    return f"SHOP#{shop}#STOCK#{part}"


def hold(shop: str, attempt_id: str) -> str:
    """The header of an attempt's hold."""
    return f"SHOP#{shop}#HOLD#{attempt_id}"


def gift_cards(shop: str) -> str:
    """The shop's gift cards."""
    return f"SHOP#{shop}#GIFTS"


def gift_card_code(shop: str, digest: str) -> str:
    """A gift card by the digest of its code."""
    return f"SHOP#{shop}#GIFTCODE#{digest}"


def gift_card_movements(shop: str, card_id: str) -> str:
    """What moved the money of a gift card."""
    return f"SHOP#{shop}#GIFTMOVES#{card_id}"


def once(shop: str, claim_id: str) -> str:
    """That the effect of an idempotency key is in this table."""
    return f"SHOP#{shop}#ONCE#{claim_id}"


def moved(shop: str, move_id: str, chunk: int) -> str:
    """That so many parts of a stock move were made."""
    return f"SHOP#{shop}#MOVED#{move_id}#{chunk}"


def gateway(gateway_id: str) -> str:
    """A sandbox gateway's ledger."""
    return f"GATEWAY#{gateway_id}"


def shard(of: str) -> int:
    """A steady shard for an id."""
    return zlib.crc32(of.encode()) % SHARDS


def due(kind: str, shard: int) -> str:
    """What stands still, by kind: ATTEMPT, OUTBOX, VOID, DELIVERY, HOLD."""
    return f"DUE#{kind}#{shard}"


def due_time(at: int) -> str:
    """A time that sorts as text."""
    return f"{at:012d}"


def month(shop: str, at: int, shard: int) -> str:
    """Submitted orders of one month and shard."""
    return f"SHOP#{shop}#{datetime.fromtimestamp(at, UTC):%Y%m}#{shard}"


def needs_help(shop: str) -> str:
    """Sales that somebody must look at: few, and so in one place."""
    return f"SHOP#{shop}#HELP"


def placed_time(at: int, order_id: str) -> str:
    """Where an order stands within its month."""
    return f"{at:012d}#{order_id}"
