"""Makes packages load what they offer when it is asked for (PEP 562): lazy.py FILE..., each a package's __init__.py.

Powertools' packages import all of their modules for the sake of any: to read one kind of event a function would load
thirty, to answer requests asyncio, to write a log the tracer. A cold start has no time for them.
"""

import ast
import sys
from pathlib import Path

ON_DEMAND = """

def __getattr__(name):
    if name not in _FROM:
        raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_FROM[name], __name__), name)
    return value


_FROM = {origins!r}
"""


def on_demand(file: Path) -> str:
    """The file's source, without the imports of its own package that nothing else in it needs."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    origins: dict[str, str] = {}
    for node in list(tree.body):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("aws_lambda_powertools")):
            names = {one.name for one in node.names}
            if not names & used:
                tree.body.remove(node)
                origins |= dict.fromkeys(names, "." * node.level + (node.module or ""))
    return ast.unparse(tree) + ON_DEMAND.format(origins=dict(sorted(origins.items())))


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        path.write_text(on_demand(path), encoding="utf-8")
