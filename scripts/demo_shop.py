"""Sets the demo shop up over the merchant API. What is there already stays as it is.

Adds to .till/stack.json: shop_identifier, merchant_token (of the whole deployment, with all scopes),
gateway_public_id, variants ([{platform_id, sku, price, available}], price in minor units), discount_codes (strings),
gift_cards ([{code, balance, currency, gateway_public_id}], balance in minor units), elasticpath ({client_id,
client_secret}: the shop's client for the Elastic Path dialect), diddo ({api_key}: a token that is good for the shop's
checkouts alone), cocart ({url}: the site of the CoCart dialect).
"""

from __future__ import annotations

import json
from typing import Any

import boto3
import httpx

from scripts.checkout_client import PATIENCE, STACK, Json, Merchant, good
from scripts.embedded_aws import CREDENTIALS, REGION, ROOT
from till.domain.money import from_decimal

SHOP: dict[str, Any] = {
    "identifier": "demo",
    "name": "Demo Coffee",
    "currency": "USD",
    "country": "US",
    "locale": "en",
    "settings": {"most_discount_codes": 3},
}
SCOPES = ["settings", "catalog", "stock", "gift_cards", "orders", "customers", "checkout", "tokens", "stack"]
TOKEN_NAME = "make up"  # noqa: S105 a name
KEY_NAME = "make up, for Diddo's clients"
GATEWAY = "sandbox"
GIFT_CARD_GATEWAY = "gift-cards"
GATEWAYS: dict[str, Json] = {
    GATEWAY: {"kind": "sandbox", "name": "Sandbox"},
    GIFT_CARD_GATEWAY: {"kind": "gift_card", "name": "Gift card"},
    "manual": {"kind": "manual", "name": "Invoice"},
}
GIFT_CARD = {"amount": "500.00", "note": "make up"}
ON_HAND = 1_000_000
CSV = ROOT / "tests" / "data" / "shopify-apparel.csv"

SHIPPING_ZONES: dict[str, Json] = {
    "us": {
        "name": "United States",
        "regions": [{"country": "US"}],
        "rates": [
            {"code": "standard", "description": "Standard", "amount": "5.00", "free_over": "75.00"},
            {
                "code": "express",
                "description": "Express",
                "kind": "weight",
                "tiers": [{"up_to": 1000, "amount": "12.00"}, {"up_to": 20_000, "amount": "25.00"}],
            },
        ],
    },
    "ca": {
        "name": "Canada",
        "regions": [{"country": "CA"}],
        "rates": [
            {"code": "standard", "description": "Standard", "amount": "10.00"},
            {"code": "expedited", "description": "Expedited", "amount": "11.25"},
        ],
    },
    "world": {
        "name": "Everywhere else",
        "regions": [{"country": "*"}],
        "rates": [
            {
                "code": "international",
                "description": "International",
                "kind": "weight",
                "tiers": [{"up_to": 500, "amount": "15.00"}, {"up_to": None, "amount": "40.00"}],
            }
        ],
    },
}
TAX_ZONES: dict[str, Json] = {
    "ca-mb": {
        "name": "Manitoba",
        "regions": [{"country": "CA", "provinces": ["MB"]}],
        "rates": [{"name": "GST", "rate": "5"}, {"name": "PST", "rate": "7"}],
    },
    "us-ny": {
        "name": "New York",
        "regions": [{"country": "US", "provinces": ["NY"]}],
        "rates": [{"name": "Sales tax", "rate": "8.875"}],
        "tax_shipping": True,
    },
    "de": {
        "name": "Germany",
        "regions": [{"country": "DE"}],
        "rates": [{"name": "MwSt", "rate": "19"}],
        "included": True,
        "tax_shipping": True,
    },
}
# The first is what the demo takes off.
DISCOUNTS: dict[str, Json] = {
    "WELCOME10": {"kind": "percentage", "percent": "10", "text": "Ten percent off", "combines": True},
    "BLEND5": {"kind": "fixed", "amount": "5.00", "text": "Five off our blend", "products": ["87"], "combines": True},
    "SHIPFREE": {"kind": "free_shipping", "text": "Free shipping", "minimum_value": "20.00", "combines": True},
    "FIRST100": {"kind": "percentage", "percent": "25", "text": "For the first hundred", "most_uses": 100},
    "ONCE20": {"kind": "percentage", "percent": "20", "text": "Once for everybody", "most_uses_per_customer": 1},
}


def _variant(platform_id: str, sku: str, price: str, grams: int, **more: Any) -> Json:
    return {"platform_id": platform_id, "sku": sku, "prices": {"USD": price}, "weight_grams": grams} | more


PRODUCTS: list[Json] = [
    {
        "handle": "able-brewing-system",
        "platform_id": "86",
        "title": "Able Brewing System",
        "vendor": "Able",
        "variants": [_variant("66", "ABS", "225.00", 1000)],
    },
    {
        "handle": "house-blend",
        "platform_id": "87",
        "title": "House Blend",
        "vendor": "Demo Coffee",
        "variants": [
            _variant("71", "HOUSE-250", "9.50", 250, options={"Size": "250 g"}),
            _variant("72", "HOUSE-1000", "32.00", 1000, options={"Size": "1 kg"}),
        ],
    },
    {
        "handle": "cup",
        "platform_id": "88",
        "title": "Cup, made to order",
        "vendor": "Demo Coffee",
        "variants": [_variant("81", "CUP", "18.00", 350, inventory_policy="continue")],
    },
    {
        "handle": "brewing-course",
        "platform_id": "89",
        "title": "Brewing Course (video)",
        "vendor": "Demo Coffee",
        "variants": [_variant("91", "COURSE", "29.00", 0, requires_shipping=False)],
    },
]


def root_token(stack: Json) -> str:
    """The first token of the deployment, which the template generated."""
    secrets = boto3.client(
        "secretsmanager",
        endpoint_url=stack["aws_endpoint_url"],
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
    return secrets.get_secret_value(SecretId=stack["outputs"]["MerchantRootToken"])["SecretString"]


def merchant_token(http: httpx.Client, stack: Json) -> str:
    """The token of the last time if it still does all that this needs; else a new one in its place."""
    token: str = stack.get("merchant_token", "")
    headers = {"Authorization": f"Bearer {token or 'none'}"}
    there = http.get("/merchant/tokens", params={"limit": 100}, headers=headers)
    ours = [one for one in there.json()["data"] if one["name"] == TOKEN_NAME] if there.is_success else []
    if any(set(SCOPES) <= set(one["scopes"]) for one in ours):
        return token
    headers = {"Authorization": f"Bearer {root_token(stack)}"}
    for old in good(http.get("/merchant/tokens", params={"limit": 100}, headers=headers))["data"]:
        if old["name"] == TOKEN_NAME:
            good(http.delete(f"/merchant/tokens/{old['id']}", headers=headers))
    wanted = {"name": TOKEN_NAME, "scopes": SCOPES}
    made: str = good(http.post("/merchant/tokens", json=wanted, headers=headers))["data"]["secret"]
    return made


def set_up(merchant: Merchant) -> None:
    """What is missing of the shop: itself, where it ships, what it taxes, who takes its money, what it sells, codes.

    A code counts its uses, and is left alone once it is there.
    """
    if merchant.call("GET", "").status_code == httpx.codes.NOT_FOUND:
        headers = {"Authorization": f"Bearer {merchant.token}"}
        good(merchant.send("POST", "/merchant/shops", json=SHOP, headers=headers))
    wanted = {"shipping_zones": SHIPPING_ZONES, "tax_zones": TAX_ZONES, "gateways": GATEWAYS}
    for path, things in wanted.items():
        there = {one["id"] for one in merchant.ask("GET", f"/{path}")["data"]}
        for thing_id in things.keys() - there:
            merchant.ask("PUT", f"/{path}/{thing_id}", things[thing_id])
    codes = {discount["code"] for discount in merchant.ask("GET", "/discounts", params={"limit": 100})["data"]}
    for code in DISCOUNTS.keys() - codes:
        merchant.ask("PUT", f"/discounts/{code}", DISCOUNTS[code])
    handles = {product["handle"] for product in merchant.ask("GET", "/products", params={"limit": 100})["data"]}
    for product in PRODUCTS:
        if product["handle"] not in handles:
            merchant.ask("PUT", "/products", product)
    first_of_file = CSV.read_text().splitlines()[1].partition(",")[0]
    if first_of_file not in handles:
        merchant.ask("POST", "/products/import", headers={"Content-Type": "text/csv"}, content=CSV.read_bytes())


def variants(merchant: Merchant) -> list[Json]:
    """What can be bought in any number, and what it costs in minor units."""
    return [
        {
            "platform_id": variant["platform_id"],
            "sku": variant["sku"],
            "price": from_decimal(variant["prices"]["USD"], "USD"),
            "available": stocked(merchant, variant["sku"])["available"],
        }
        for product in PRODUCTS
        for variant in product["variants"]
    ]


def stocked(merchant: Merchant, sku: str) -> Json:
    """A variant's stock, which is counted once and then left to the orders."""
    level = merchant.stock(sku)
    return level if level["on_hand"] else merchant.ask("PUT", f"/stock/{sku}", {"on_hand": ON_HAND})


def gift_cards(merchant: Merchant, kept: list[Json]) -> list[Json]:
    """The gift card of the last time, with what is on it now; else a new one, since its code is shown only once."""
    code = kept[0]["code"] if kept else ""
    cards = merchant.ask("GET", "/gift_cards", params={"limit": 100})["data"]
    ours = [card for card in cards if card["note"] == GIFT_CARD["note"] and code.endswith(card["last_characters"])]
    card = ours[0] if ours else merchant.ask("POST", "/gift_cards", GIFT_CARD)["data"]
    balance = from_decimal(card["balance"], card["currency"])
    return [
        {
            "code": card.get("code", code),
            "balance": balance,
            "currency": card["currency"],
            "gateway_public_id": GIFT_CARD_GATEWAY,
        }
    ]


def client(merchant: Merchant, kept: Json) -> Json:
    """The client of the last time while the shop has it; else a new one, since its secret is shown only once."""
    there = {one["client_id"] for one in merchant.ask("GET", "/clients", params={"limit": 100})["data"]}
    if kept.get("client_id") in there:
        return kept
    made = merchant.ask("POST", "/clients", {"name": "make up"})["data"]
    return {name: made[name] for name in ("client_id", "client_secret")}


def api_key(merchant: Merchant, kept: Json) -> Json:
    """The key of the last time while the shop has it; else a new one, since a token's secret is shown only once."""
    headers = {"Authorization": f"Bearer {merchant.token}"}
    there = good(merchant.send("GET", "/merchant/tokens", params={"limit": 100}, headers=headers))["data"]
    if kept and any(one["name"] == KEY_NAME for one in there):
        return kept
    wanted = {"name": KEY_NAME, "scopes": ["checkout"], "shop": merchant.shop}
    made = good(merchant.send("POST", "/merchant/tokens", json=wanted, headers=headers))["data"]
    return {"api_key": made["secret"]}


def main() -> None:
    stack = json.loads(STACK.read_text())
    with httpx.Client(base_url=stack["api_url"], timeout=PATIENCE) as http:
        token = merchant_token(http, stack)
        merchant = Merchant(http.request, SHOP["identifier"], token)
        set_up(merchant)
        stack |= {
            "shop_identifier": merchant.shop,
            "merchant_token": token,
            "gateway_public_id": GATEWAY,
            "variants": variants(merchant),
            "discount_codes": list(DISCOUNTS),
            "gift_cards": gift_cards(merchant, stack.get("gift_cards", [])),
            "elasticpath": client(merchant, stack.get("elasticpath", {})),
            "diddo": api_key(merchant, stack.get("diddo", {})),
            "cocart": {"url": f"{stack['api_url']}/cocart/{merchant.shop}"},
        }
    STACK.write_text(json.dumps(stack, indent=2) + "\n")


if __name__ == "__main__":
    main()
