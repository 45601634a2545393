"""Compiles the functions that `sam build` made. Lambda's disk is read-only: what is not compiled when it is deployed is
compiled again by every cold start. Unchecked hashes, since a package's file times mean nothing there; what did not
change stays the same to the byte, and is not uploaded again.
"""

import compileall
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

UNCHECKED_HASH = PycInvalidationMode.UNCHECKED_HASH
BUILD = Path(__file__).parents[1] / ".aws-sam" / "build"


def main() -> int:
    """Exit status 1 where a file does not compile."""
    compiled = [
        compileall.compile_dir(
            folder, quiet=1, stripdir=folder, prependdir="/var/task", invalidation_mode=UNCHECKED_HASH
        )
        for folder in BUILD.glob("*Function")
    ]
    return 0 if compiled and all(compiled) else 1


if __name__ == "__main__":
    sys.exit(main())
