"""How Hypothesis searches: the same examples on every CI run, new ones on every run of a person."""

import os

from hypothesis import HealthCheck, Phase, settings

# Two cores are shared with other work: no example is timed.
settings.register_profile("till", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("till"), derandomize=True, database=None)
# `make mutants` breaks the code a thousand times, and no person reads the example.
settings.register_profile(
    "mutants", settings.get_profile("ci"), max_examples=20, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile(os.environ.get("TILL_EXAMPLES") or ("ci" if os.environ.get("CI") else "till"))
