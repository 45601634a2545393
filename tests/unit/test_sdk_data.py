"""What the SDK reads before its first client, without what Till has no use for."""

from typing import Any

import botocore.session
import pytest

from scripts import sdk_data as generator
from till.adapters.aws import SDK_DATA, SERVICES

# One of each partition, and one that AWS has not built yet.
REGIONS = [
    "eu-central-1",
    "cn-north-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eusc-de-east-1",
    "eu-east-7",
]
OPERATIONS = {
    "dynamodb": "list_tables",
    "events": "list_rules",
    "lambda": "list_functions",
    "secretsmanager": "list_secrets",
    "sqs": "list_queues",
    "stepfunctions": "list_state_machines",
}


def sdk(data_path: str | None) -> Any:
    session: Any = botocore.session.get_session()
    session.set_credentials("test", "test")
    session.set_config_variable("data_path", data_path)
    return session


WHOLE, OURS = sdk(None), sdk(SDK_DATA)


def address(session: Any, service: str, region: str) -> str:
    signed: str = session.create_client(service, region).generate_presigned_url(OPERATIONS[service])
    return signed.partition("?")[0] + region_signed_for(signed)


def region_signed_for(url: str) -> str:
    _key, _day, region, *_ = url.partition("X-Amz-Credential=")[2].split("%2F")
    return region


def test_the_committed_files_are_what_the_generator_makes() -> None:
    files = {path for path in generator.TARGET.rglob("*") if path.is_file()}
    assert {str(path.relative_to(generator.TARGET)): path.read_bytes() for path in files} == generator.build()


@pytest.mark.parametrize("region", REGIONS)
def test_every_service_is_called_where_the_whole_file_says(region: str) -> None:
    assert set(OPERATIONS) == set(SERVICES)
    assert [address(OURS, one, region) for one in SERVICES] == [address(WHOLE, one, region) for one in SERVICES]


@pytest.mark.parametrize("name", ["endpoints", "dynamodb/2012-08-10/service-2"])
def test_the_sdk_reads_our_files(name: str) -> None:
    assert OURS.get_component("data_loader").load_data_with_path(name)[1] == str(generator.TARGET / name)


def test_dynamodb_is_described_by_the_version_that_the_sdk_has() -> None:
    versions = [session.get_component("data_loader").determine_latest_version for session in (OURS, WHOLE)]
    assert [latest("dynamodb", "service-2") for latest in versions] == ["2012-08-10"] * 2


def test_nothing_but_documentation_is_left_out_of_dynamodb() -> None:
    ours, whole = (session.get_service_model("dynamodb") for session in (OURS, WHOLE))
    assert ours.operation_names == whole.operation_names
    assert ours.shape_names == whole.shape_names
    for name in whole.shape_names:
        assert members(ours.shape_for(name)) == members(whole.shape_for(name))


def members(shape: Any) -> Any:
    return shape.type_name, shape.metadata, {name: of.name for name, of in getattr(shape, "members", {}).items()}
