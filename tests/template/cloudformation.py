"""How the tests of the template look at it."""

from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
Resources = dict[str, dict[str, Any]]


def of_type(resources: Resources, kind: str) -> Resources:
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}


def asking_gateways(resources: Resources) -> list[str]:
    """The functions that have the layer of Stripe's SDK, to whose name SAM adds a digest."""
    return sorted(
        name
        for name, function in of_type(resources, "AWS::Lambda::Function").items()
        if any(layer.get("Ref", "").startswith("StripeLayer") for layer in function["Properties"]["Layers"])
    )
