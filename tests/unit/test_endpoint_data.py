"""The SDK's endpoints, without the services that Till never calls."""

from typing import Any

import botocore.session
import pytest

from scripts import endpoints as generator
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


def test_the_committed_file_is_what_the_generator_makes() -> None:
    assert generator.TARGET.read_bytes() == generator.build()


@pytest.mark.parametrize("region", REGIONS)
def test_every_service_is_called_where_the_whole_file_says(region: str) -> None:
    assert set(OPERATIONS) == set(SERVICES)
    assert [address(OURS, one, region) for one in SERVICES] == [address(WHOLE, one, region) for one in SERVICES]


def test_the_sdk_reads_our_file() -> None:
    loader = OURS.get_component("data_loader")
    assert loader.load_data_with_path("endpoints")[1] == str(generator.TARGET.with_suffix(""))
