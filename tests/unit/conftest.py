"""How Hypothesis searches: the same examples on every CI run, new ones on every run of a person."""

import os

from hypothesis import HealthCheck, settings

# Two cores are shared with other work: no example is timed.
settings.register_profile("till", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("till"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "till")
