"""docs/deploy.md names what there is: the template's parameters and outputs, and operations of AWS."""

from __future__ import annotations

import re
from typing import Any

import botocore.loaders
import botocore.model
from botocore import xform_name

from tests.template.cloudformation import ROOT

DOCUMENT = (ROOT / "docs" / "deploy.md").read_text()
COMMAND = re.compile(r"\baws ([a-z0-9-]+) ([a-z-]+)((?:\\\n|(?!\$\(aws)[^\n`)|;])*)")
OF_EVERY_COMMAND = {"query", "output", "region"}


def test_every_parameter_is_explained_and_no_other(template: dict[str, Any]) -> None:
    (table,) = re.findall(r"^\| parameter \| \|\n\|---\|---\|\n(.*?)\n\n", DOCUMENT, re.MULTILINE | re.DOTALL)
    named = re.findall(r"`([A-Za-z]+)`", " ".join(row.split("|")[1] for row in table.splitlines()))
    assert sorted(named) == sorted(template["Parameters"])


def test_every_output_that_is_asked_for_is_one(template: dict[str, Any]) -> None:
    asked = set(re.findall(r"\boutput ([A-Z][A-Za-z]+)", DOCUMENT))
    assert asked
    assert asked <= set(template["Outputs"])


def test_every_secret_of_the_template_is_named(template: dict[str, Any]) -> None:
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::SecretsManager::Secret":
            assert f"`STACK/{resource['Properties']['Name']['Fn::Sub'].rpartition('/')[2]}`" in DOCUMENT, name


def test_every_command_and_its_options_are_what_aws_has() -> None:
    """Those as well that only AWS itself could carry out."""
    asked = [match for match in COMMAND.findall(DOCUMENT) if match[1] != "wait"]
    assert len(asked) > 15
    loader = botocore.loaders.Loader()
    for service, command, rest in asked:
        model = botocore.model.ServiceModel(loader.load_service_model(service, "service-2"))
        operations = {xform_name(name, "-"): name for name in model.operation_names}
        assert command in operations, (service, command)
        shape = model.operation_model(operations[command]).input_shape
        known = {xform_name(name, "-") for name in (shape.members if shape else ())} | OF_EVERY_COMMAND
        options = set(re.findall(r"--([a-z][a-z-]+)", rest))
        assert options <= known, (service, command, options - known)
