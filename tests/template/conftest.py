"""The template as it stands in the repository, and as CloudFormation sees it once SAM has expanded it."""

import copy
from typing import Any

import pytest
import yaml
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]  # it ships no types
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # it ships no types

from tests.template.cloudformation import ROOT, Resources


class NoManagedPolicies:
    """The transform asks it for managed policies that are given by name; ours are given by ARN."""

    def load(self) -> dict[str, str]:
        return {}


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
    return parsed


@pytest.fixture(scope="session")
def api_document(template: dict[str, Any]) -> dict[str, Any]:
    include = template["Resources"]["Api"]["Properties"]["DefinitionBody"]["Fn::Transform"]
    parsed: dict[str, Any] = yaml.safe_load((ROOT / include["Parameters"]["Location"]).read_text())
    return parsed


@pytest.fixture(scope="session")
def stack(template: dict[str, Any], api_document: dict[str, Any]) -> dict[str, Any]:
    """Transformed as CloudFormation does: includes first, then SAM."""
    packaged = copy.deepcopy(template)
    packaged["Resources"]["Api"]["Properties"]["DefinitionBody"] = copy.deepcopy(api_document)
    packaged["Globals"]["Function"]["CodeUri"] = "s3://bucket/packaged"
    for resource in packaged["Resources"].values():
        properties = resource.get("Properties", {})
        for uri in ("ContentUri", "DefinitionUri"):
            if uri in properties:
                properties[uri] = "s3://bucket/packaged"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        transformed: dict[str, Any] = transform(packaged, {}, NoManagedPolicies())
    return transformed


@pytest.fixture(scope="session")
def resources(stack: dict[str, Any]) -> Resources:
    found: Resources = stack["Resources"]
    return found
