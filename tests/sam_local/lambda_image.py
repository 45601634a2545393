"""The image in which `sam local` runs functions: Lambda's own, or where that cannot be pulled a stand-in for it, made
of this machine's parts: its Python, its shell, the C libraries of both, and the packages of requirements/lambda.txt.

Usage: python -m tests.sam_local.lambda_image    prints the image's name, to be given as --invoke-image
"""

from __future__ import annotations

import io
import os
import platform
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from scripts.embedded_aws import HOME, ROOT

ARCHITECTURE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
PUBLIC = f"public.ecr.aws/lambda/python:3.13-{ARCHITECTURE}"
STAND_IN = f"till-lambda-python:3.13-{ARCHITECTURE}"
PULLED_WITHIN_SECONDS = 120
PACKAGES = HOME / "lambda" / "lib" / "python3.13" / "site-packages"
# With these `sam` adds the runtime's emulator and the layers to the image.
PROGRAMS = ("sh", "chmod", "cp", "mv", "rm")
PYTHON = Path(sys.base_prefix)
# Of the standard library: what no function has a use for, or what is not of it.
LEFT_OUT = re.compile(r"/(site-packages|test|tests|idlelib|tkinter|turtledemo|ensurepip|config-3[^/]*)$|_tkinter|_test")
# The search path of Lambda's Python, in its order.
BOOTSTRAP = """#!/bin/sh
export PYTHONPATH=/var/task:/opt/python/lib/python3.13/site-packages:/opt/python:/var/runtime
exec /var/lang/bin/python3.13 -m awslambdaric "$_HANDLER"
"""
# What a wheel of any package may ask for, and the first of them the C library, when a thread ends.
OF_EVERY_LINUX = ("libgcc_s.so.1", "libdl.so.2", "libm.so.6", "libpthread.so.0", "librt.so.1", "libutil.so.1")
FOLDERS = ("opt", "proc", "sys", "dev", "tmp", "var/rapid", "var/task")


def image() -> str:
    """The name of an image that is there. Raises subprocess.CalledProcessError where none can be made."""
    if _is_there(PUBLIC) or _is_pulled():
        return PUBLIC
    if not _is_there(STAND_IN):
        _build()
    return STAND_IN


def _is_there(name: str) -> bool:
    return subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=False).returncode == 0


def _is_pulled() -> bool:
    try:
        pull = ["docker", "pull", "--quiet", PUBLIC]
        return subprocess.run(pull, capture_output=True, check=False, timeout=PULLED_WITHIN_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _build() -> None:
    subprocess.run(["make", HOME.relative_to(ROOT) / "lambda/.stamp"], cwd=ROOT, check=True, capture_output=True)
    files = dict(_files())
    libraries = {str(path): path for path in _libraries(files.values())}
    paths = ":".join(["/var/lang/lib", *sorted({str(path.parent) for path in libraries.values()})])
    changes = [f"ENV LD_LIBRARY_PATH={paths}", "ENV PATH=/var/lang/bin:/bin", "ENV LANG=C.UTF-8", "WORKDIR /var/task"]
    options = [option for change in changes for option in ("--change", change)]
    command = ["docker", "import", *options, "-", STAND_IN]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process,
        tarfile.open(fileobj=process.stdin, mode="w|") as archive,
    ):
        for folder in FOLDERS:
            archive.addfile(_entry(folder, 0o1777, tarfile.DIRTYPE))
        content = BOOTSTRAP.encode()
        archive.addfile(_entry("var/runtime/bootstrap", 0o755, size=len(content)), io.BytesIO(content))
        for name, path in (files | libraries).items():
            archive.add(path.resolve(), name, recursive=False, filter=_of_root)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def _files() -> Iterator[tuple[str, Path]]:
    """Where in the image, and where here."""
    yield "var/lang/bin/python3.13", PYTHON / "bin" / "python3.13"
    yield from (("bin/" + name, Path(_output("which", name).strip())) for name in PROGRAMS)
    yield from ((f"var/lang/lib/{path.name}", path) for path in (PYTHON / "lib").glob("libpython3*.so*"))
    yield from _below(PYTHON / "lib" / "python3.13", "var/lang/lib/python3.13")
    yield from _below(PACKAGES, "var/runtime")


def _below(folder: Path, name: str) -> Iterator[tuple[str, Path]]:
    for path in folder.iterdir():
        if not LEFT_OUT.search(str(path)):
            yield from _below(path, f"{name}/{path.name}") if path.is_dir() else [(f"{name}/{path.name}", path)]


def _libraries(files: Iterable[Path]) -> set[Path]:
    """The shared libraries that the files ask for, where they are here; the loader is one of them."""
    programs = [path for path in files if path.suffix == ".so" or path.parent.name == "bin"]
    asked = _output("ldd", *map(str, programs), LD_LIBRARY_PATH=str(PYTHON / "lib"))
    found = {Path(path) for path in re.findall(r"(/\S+) \(0x", asked)}
    found |= {path for one in found for path in map(one.with_name, OF_EVERY_LINUX) if path.exists()}
    return {path for path in found if PYTHON not in path.parents}


def _output(*command: str, **environment: str) -> str:
    # ldd ends with 1 where one of many files is not for it.
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    return done.stdout


def _entry(name: str, mode: int, kind: bytes = tarfile.REGTYPE, size: int = 0) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.mode, entry.type, entry.size = mode, kind, size
    return entry


def _of_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    print(image())
