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
FOLDERS = {"TillLayer": "till", "PackagesX86Layer": "packages", "PackagesArm64Layer": "packages"}
LARGEST = 18_000_000
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


def test_what_ships_is_what_the_tests_ran_with() -> None:
    shipped = pinned(ROOT / "layers/packages/requirements.txt")
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


@pytest.mark.parametrize("layer", FOLDERS)
def test_lambdas_own_sdk_is_not_shadowed(built: Built, layer: str) -> None:
    assert not {"boto3", "botocore", "s3transfer", "urllib3"} & {
        path.name for path in (built(layer) / "python").iterdir()
    }


def test_all_that_is_imported_is_in_the_layers_or_in_lambdas_own_python(built: Built) -> None:
    program = Path(__file__).with_name("import_like_lambda.py")
    folders = [built(HOSTS_OWN) / "python", built("TillLayer") / "python", ROOT / "functions"]
    environment = {"AWS_DEFAULT_REGION": "us-east-1", "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-I", program, *folders], check=True, env=environment)
