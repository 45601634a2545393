"""The layers, built by the same Makefiles that `sam build` runs."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.template.cloudformation import ROOT

# e_machine in an ELF header: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
ELF_MACHINES = {"PackagesX86Layer": 62, "PackagesArm64Layer": 183}
HOSTS_OWN = "PackagesArm64Layer" if platform.machine() in ("arm64", "aarch64") else "PackagesX86Layer"
FOLDERS = {
    "TillLayer": "till",
    "PackagesX86Layer": "packages",
    "PackagesArm64Layer": "packages",
    "StripeLayer": "stripe",
}
LARGEST = 18_000_000
LARGEST_STRIPE = 9_000_000
UNCHECKED_HASH = 1  # the flags of a .pyc that is trusted without a look at its source (PEP 552)

Built = Callable[[str], Path]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Layer -> the folder that is its content, built on first use."""
    done: dict[str, Path] = {}

    def build(layer: str) -> Path:
        if layer not in done:
            target = tmp_path_factory.mktemp(layer)
            path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
            subprocess.run(
                ["make", "--silent", f"build-{layer}", f"ARTIFACTS_DIR={target}"],
                cwd=ROOT / "layers" / FOLDERS[layer],
                env={**os.environ, "PATH": path},
                check=True,
            )
            done[layer] = target
        return done[layer]

    return build


def files(folder: Path, pattern: str) -> list[Path]:
    return [path for path in folder.rglob(pattern) if path.is_file()]


def pinned(lock: Path) -> set[str]:
    return set(re.findall(r"^([\w.-]+==[\w.]+)", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize("layer", ["packages", "stripe"])
def test_what_ships_is_what_the_tests_ran_with(layer: str) -> None:
    shipped = pinned(ROOT / "layers" / layer / "requirements.txt")
    assert shipped
    assert shipped <= pinned(ROOT / "requirements/dev.txt")


@pytest.mark.parametrize("layer", ELF_MACHINES)
def test_native_modules_are_for_the_processor_that_runs_them(built: Built, layer: str) -> None:
    modules = files(built(layer), "*.so")
    assert modules
    for module in modules:
        header = module.read_bytes()[:20]
        assert header[:4] == b"\x7fELF", module.name
        assert int.from_bytes(header[18:20], "little") == ELF_MACHINES[layer], module.name


@pytest.mark.parametrize("layer", FOLDERS)
def test_everything_is_compiled_and_trusted(built: Built, layer: str) -> None:
    """Lambda mounts a layer read-only: what is not compiled in it is compiled at every cold start."""
    sources = files(built(layer), "*.py")
    assert sources
    for source in sources:
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        assert compiled.is_file(), source
        assert int.from_bytes(compiled.read_bytes()[4:8], "little") == UNCHECKED_HASH, source


@pytest.mark.parametrize("packages", ELF_MACHINES)
def test_the_layers_of_a_function_stay_below_18_megabytes(built: Built, packages: str) -> None:
    content = files(built(packages), "*") + files(built("TillLayer"), "*")
    assert sum(path.stat().st_size for path in content) < LARGEST


def test_the_layer_of_payment_functions_stays_below_9_megabytes(built: Built) -> None:
    assert sum(path.stat().st_size for path in files(built("StripeLayer"), "*")) < LARGEST_STRIPE


def test_what_asks_stripe_and_nothing_else_is_in_its_layer(built: Built) -> None:
    assert {path.name.partition("-")[0] for path in (built("StripeLayer") / "python").iterdir()} == {"stripe"}


def test_what_is_left_out_of_stripes_sdk_is_not_missed(built: Built) -> None:
    """Every request that Till makes, with the SDK as it ships."""
    program = Path(__file__).with_name("ask_stripe.py")
    shipped = os.pathsep.join([str(built("StripeLayer") / "python"), *map(str, (ROOT / "layers/till", ROOT))])
    environment = {"PYTHONPATH": shipped, "AWS_DEFAULT_REGION": "us-east-1", "PATH": os.environ["PATH"]}
    said = subprocess.run([sys.executable, program], check=True, env=environment, capture_output=True, text=True).stdout
    assert said.splitlines()[-2:] == [
        str(built("StripeLayer") / "python" / "stripe"),
        "2620 held, 2000 captured, 500 back",
    ]


@pytest.mark.parametrize("layer", FOLDERS)
def test_lambdas_own_sdk_is_not_shadowed(built: Built, layer: str) -> None:
    assert not {"boto3", "botocore", "s3transfer", "urllib3"} & {
        path.name for path in (built(layer) / "python").iterdir()
    }


def test_all_that_is_imported_is_in_the_layers_or_in_lambdas_own_python(built: Built) -> None:
    program = Path(__file__).with_name("import_like_lambda.py")
    ours = [built("TillLayer") / "python", ROOT / "functions"]
    folders = [built(HOSTS_OWN) / "python", built("StripeLayer") / "python", *ours]
    environment = {"AWS_DEFAULT_REGION": "us-east-1", "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-I", program, *folders], check=True, env=environment)


def test_a_cold_start_does_not_wait_for_parts_of_powertools_that_it_has_no_use_for(built: Built) -> None:
    """Its packages would load all of them, and asyncio with them."""
    program = """
import sys
from till.runtime import app
from aws_lambda_powertools.event_handler import content_types  # a module
from aws_lambda_powertools.metrics import EphemeralMetrics
from aws_lambda_powertools import Logger, Metrics, event_handler
print(event_handler.Response is app.Response, *sorted(sys.modules))
"""
    shipped = os.pathsep.join(map(str, (built(HOSTS_OWN) / "python", built("TillLayer") / "python")))
    environment = {"PYTHONPATH": shipped, "AWS_DEFAULT_REGION": "us-east-1", "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", program]
    same, *loaded = subprocess.run(command, check=True, env=environment, capture_output=True, text=True).stdout.split()
    assert same == "True"
    assert "aws_lambda_powertools.event_handler.api_gateway" in loaded
    unused = {"asyncio", "aws_lambda_powertools.tracing", "aws_lambda_powertools.event_handler.appsync"}
    assert not unused.intersection(loaded)
