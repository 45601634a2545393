"""A domain of the merchant's own in front of the API, or none."""

from typing import Any

from tests.template.cloudformation import Resources, of_type

DOMAIN = {"AWS::ApiGateway::DomainName", "AWS::ApiGateway::BasePathMapping"}


def test_without_a_domain_of_its_own_a_stack_has_none(stack: dict[str, Any], resources: Resources) -> None:
    found = [resource for resource in resources.values() if resource["Type"] in DOMAIN]
    assert [resource["Condition"] for resource in found] == ["HasDomain", "HasDomain"]
    assert stack["Parameters"]["DomainName"]["Default"] == stack["Parameters"]["CertificateArn"]["Default"] == ""
    for name in ("DomainTarget", "DomainTargetZone"):
        assert stack["Outputs"][name]["Condition"] == "HasDomain"


def test_the_domain_leads_to_the_stage_without_a_path_before_the_routes(resources: Resources) -> None:
    (mapping,) = of_type(resources, "AWS::ApiGateway::BasePathMapping").values()
    (stage,) = of_type(resources, "AWS::ApiGateway::Stage")
    assert mapping["Properties"] == {
        "DomainName": {"Ref": "ApiDomain"},
        "RestApiId": {"Ref": "Api"},
        "Stage": {"Ref": stage},
    }


def test_the_domain_is_regional_and_speaks_no_old_tls(resources: Resources) -> None:
    (domain,) = of_type(resources, "AWS::ApiGateway::DomainName").values()
    assert domain["Properties"]["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert domain["Properties"]["SecurityPolicy"] == "TLS_1_2"


def test_links_into_the_api_have_the_domain_unless_something_else_stands_before_it(resources: Resources) -> None:
    """Those in mails and in what is pushed, too, of which no request says where it found the API."""
    own = {"Fn::If": ["HasDomain", {"Fn::Sub": "https://${DomainName}"}, ""]}
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        url = function["Properties"]["Environment"]["Variables"]["TILL_API_URL"]
        assert url == {"Fn::If": ["HasApiUrl", {"Ref": "ApiUrl"}, own]}, name
