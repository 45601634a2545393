"""Starts the embedded AWS, builds and deploys the template to it and loads the demo shop.

TILL_DNS_SERVER ("address:port") is the resolver that checks the domains of email addresses, if not this machine's own.
TILL_STRIPE_STAND_IN ("http://address:port") stands in for Stripe's API and script.

Writes .till/stack.json: api_url (no trailing slash), aws_endpoint_url, pid, outputs (of the stack); the demo shop
adds its own; and .till/sam-local.json, for `sam local --env-vars`. Run again it redeploys: same port, same data.
"""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import boto3

from scripts.embedded_aws import CREDENTIALS, HOME, REGION, ROOT, STACK, EmbeddedAws, start

SAM_LOCAL = HOME / "sam-local.json"
SAM = HOME / "sam" / "bin" / "sam"
DEMO_SHOP = ROOT / "scripts" / "demo_shop.py"
STACK_NAME = "till"
ARCHITECTURE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
PARAMETERS = ["--parameter-overrides", "Stage=local", f"Architecture={ARCHITECTURE}", "DefaultShop=demo"]
if "TILL_DNS_SERVER" in os.environ:
    PARAMETERS.append(f"DnsServer={os.environ['TILL_DNS_SERVER']}")
if "TILL_STRIPE_STAND_IN" in os.environ:
    PARAMETERS.append(f"StripeStandIn={os.environ['TILL_STRIPE_STAND_IN']}")
# Without DNS its APIs stand under a path, of which a function is told nothing; {api} is the id of one.
API_URL = "/_aws/execute-api/{api}/local"


def environment(aws: EmbeddedAws) -> dict[str, str]:
    """For the SAM CLI: the embedded AWS and none of the user's own credentials or profiles."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **own,
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.2",  # seconds; meant for the API limits of the real one
        "__SAM_CLI_APP_DIR": str(HOME / "sam-home"),
    }


def run(name: str, command: list[str | Path], env: dict[str, str]) -> None:
    """Raises RuntimeError with the end of what the command printed when it fails; all of it is in .till/NAME.log."""
    done = subprocess.run(
        command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    (HOME / f"{name.replace(' ', '-')}.log").write_text(done.stdout)
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stdout[-6000:]}")


def step[T](title: str, action: Callable[[], T]) -> T:
    began = time.monotonic()
    print(f"{title:<40}", end="", flush=True)
    result = action()
    print(f"{time.monotonic() - began:6.1f} s", flush=True)
    return result


def client(service: str, aws: EmbeddedAws) -> Any:
    typed_by_literal_names: Any = boto3.client
    return typed_by_literal_names(
        service,
        endpoint_url=aws.url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def write_stack(aws: EmbeddedAws) -> dict[str, object]:
    found = client("cloudformation", aws).describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}
    # What the demo shop added the last time stays: its token is shown only once.
    stack: dict[str, object] = (json.loads(STACK.read_text()) if STACK.exists() else {}) | {
        "api_url": f"{aws.url}{API_URL}".replace("{api}", outputs["ApiId"]),
        "aws_endpoint_url": aws.url,
        "pid": aws.pid,
        "outputs": outputs,
    }
    STACK.write_text(json.dumps(stack, indent=2) + "\n")
    return stack


def write_sam_local_environment(aws: EmbeddedAws) -> None:
    """For `sam local --env-vars`, which knows the names of nothing that was deployed."""
    variables: dict[str, str] = {}
    for page in client("lambda", aws).get_paginator("list_functions").paginate():
        for function in page["Functions"]:  # a variable says the same to all of them that have it
            variables |= function["Environment"]["Variables"]
    # Its own API is where its users ask for it.
    own = {"AWS_ENDPOINT_URL": f"http://host.docker.internal:{aws.port}", "TILL_API_URL": ""}
    SAM_LOCAL.write_text(json.dumps({"Parameters": variables | own}, indent=2) + "\n")


def main() -> int:
    HOME.mkdir(exist_ok=True)
    try:
        aws = step("embedded AWS", start)
        env = environment(aws)
        config = ["--config-env", "local"]
        commands: dict[str, list[str | Path]] = {
            "sam build": [SAM, "build", *config, *PARAMETERS],
            "compile": [sys.executable, "-m", "scripts.compile"],
            "sam deploy": [SAM, "deploy", *config, *PARAMETERS, f"ApiUrl={aws.url}{API_URL}"],
        }
        for name, command in commands.items():
            step(name, partial(run, name, command, env))
        stack = write_stack(aws)
        write_sam_local_environment(aws)
        if DEMO_SHOP.exists():
            step("demo shop", partial(run, "demo shop", [sys.executable, "-m", "scripts.demo_shop"], env))
    except RuntimeError as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    print(f"\nTill is up: {stack['api_url']}\n(all of it: {STACK.relative_to(ROOT)}; `make down` stops it)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
