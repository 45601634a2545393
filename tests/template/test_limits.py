"""AWS's limits, which neither cfn-lint nor the embedded AWS enforces. They fail here some way before AWS does."""

import json
import re
from collections import defaultdict
from typing import Any

from tests.template.cloudformation import Resources, of_type
from till.runtime.location import RESERVED

PARAMETER = re.compile(r"{(\w+)\+?}")
# Where an id could stand, these paths have a word: nothing may be called so. (Nor is any order: its id is longer.)
RESERVED_IDS = RESERVED | {"anonymize", "erase", "export", "import", "init", "resume", "tokens", "validate"}


def size(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")))


def test_the_stack_stays_well_below_500_resources(resources: Resources) -> None:
    assert len(resources) < 400


def test_the_template_stays_below_one_megabyte(stack: dict[str, Any]) -> None:
    assert size(stack) < 800_000


def test_each_function_may_be_called_by_so_few_that_its_policy_stays_below_20_kb(resources: Resources) -> None:
    callers: dict[str, list[Any]] = defaultdict(list)
    for permission in of_type(resources, "AWS::Lambda::Permission").values():
        # As AWS writes it out: a statement with the ARNs in full.
        callers[json.dumps(permission["Properties"]["FunctionName"])].append(size(permission["Properties"]) + 250)
    assert callers
    assert max(sum(sizes) for sizes in callers.values()) < 15_000


def test_each_role_stays_below_the_limits_of_its_policies(resources: Resources) -> None:
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        inline = sum(size(policy["PolicyDocument"]) for policy in role["Properties"].get("Policies", ()))
        assert inline < 8_000, name  # 10,240 in AWS
        assert len(role["Properties"].get("ManagedPolicyArns", ())) < 10, name
    for name, policy in of_type(resources, "AWS::IAM::ManagedPolicy").items():
        assert size(policy["Properties"]["PolicyDocument"]) < 5_000, name  # 6,144 in AWS


def test_the_api_stays_below_300_paths(api_document: dict[str, Any]) -> None:
    nodes = set()
    for path in api_document["paths"]:
        segments = path.strip("/").split("/")
        nodes |= {tuple(segments[: end + 1]) for end in range(len(segments))}
    assert len(nodes) < 290


def test_a_path_parameter_has_one_name_at_each_position(api_document: dict[str, Any]) -> None:
    names: dict[str, set[str]] = defaultdict(set)
    for path in api_document["paths"]:
        for parameter in PARAMETER.finditer(path):
            names[path[: parameter.start()]].add(parameter[1])
    assert {before: found for before, found in names.items() if len(found) > 1} == {}


def test_words_that_stand_where_an_id_could_are_reserved(api_document: dict[str, Any]) -> None:
    children: dict[str, set[str]] = defaultdict(set)
    for path in api_document["paths"]:
        segments = path.strip("/").split("/")
        for position, segment in enumerate(segments):
            children["/".join(segments[:position])].add(segment)
    clashes = {
        word
        for siblings in children.values()
        if any(PARAMETER.fullmatch(segment) for segment in siblings)
        for word in siblings
        if not PARAMETER.fullmatch(word)
    }
    assert clashes <= RESERVED_IDS


def test_environment_variables_stay_below_4_kb(resources: Resources) -> None:
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        assert size(function["Properties"]["Environment"]) < 3_000, name


def test_an_alarm_adds_up_at_most_ten_metrics(resources: Resources) -> None:
    for name, alarm in of_type(resources, "AWS::CloudWatch::Alarm").items():
        assert sum("MetricStat" in metric for metric in alarm["Properties"]["Metrics"]) <= 10, name
