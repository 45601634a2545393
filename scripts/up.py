"""Starts the embedded AWS, builds and deploys the template to it and loads the demo shop.

Writes .till/stack.json: api_url (no trailing slash), aws_endpoint_url, pid, outputs (of the stack); the demo shop
adds its own. Run again it redeploys: same port, same data.
"""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import boto3
from scripts.embedded_aws import CREDENTIALS, HOME, REGION, ROOT, EmbeddedAws, start

STACK = HOME / "stack.json"
SAM = HOME / "sam" / "bin" / "sam"
DEMO_SHOP = ROOT / "scripts" / "demo_shop.py"
STACK_NAME = "till"
ARCHITECTURE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
PARAMETERS = ["--parameter-overrides", "Stage=local", f"Architecture={ARCHITECTURE}"]


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


def run(command: list[str | Path], env: dict[str, str]) -> None:
    """Raises RuntimeError with the end of what the command printed when it fails."""
    done = subprocess.run(
        command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    (HOME / f"{Path(command[0]).name}-{command[1]}.log").write_text(done.stdout)
    if done.returncode:
        raise RuntimeError(f"{command[0]} {command[1]} failed:\n{done.stdout[-6000:]}")


def step[T](title: str, action: Callable[[], T]) -> T:
    began = time.monotonic()
    print(f"{title:<40}", end="", flush=True)
    result = action()
    print(f"{time.monotonic() - began:6.1f} s", flush=True)
    return result


def outputs(aws: EmbeddedAws) -> dict[str, str]:
    client = boto3.client(
        "cloudformation",
        endpoint_url=aws.url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
    stack = client.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def write_stack(aws: EmbeddedAws) -> dict[str, object]:
    found = outputs(aws)
    stack: dict[str, object] = {
        "api_url": f"{aws.url}/_aws/execute-api/{found['ApiId']}/local",
        "aws_endpoint_url": aws.url,
        "pid": aws.pid,
        "outputs": found,
    }
    STACK.write_text(json.dumps(stack, indent=2) + "\n")
    return stack


def main() -> int:
    HOME.mkdir(exist_ok=True)
    try:
        aws = step("embedded AWS", start)
        env = environment(aws)
        config = ["--config-env", "local"]
        step("sam build", lambda: run([SAM, "build", *config, *PARAMETERS], env))
        step("sam deploy", lambda: run([SAM, "deploy", *config, *PARAMETERS], env))
        stack = write_stack(aws)
        if DEMO_SHOP.exists():
            step("demo shop", lambda: run([Path(sys.executable), str(DEMO_SHOP)], env))
    except RuntimeError as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    print(f"\nTill is up: {stack['api_url']}\n(all of it: {STACK.relative_to(ROOT)}; `make down` stops it)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
