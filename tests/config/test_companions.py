"""Where the services beside DDM are: arguments, the environment, the region's own hosts, and never a guess."""

from __future__ import annotations

from typing import Any

import pytest

from ddmkit.config.companions import COMPANIONS, choose_companion, companion_host
from ddmkit.config.endpoints import REGIONS
from ddmkit.config.settings import Settings, read_settings
from ddmkit.errors import InputError

OWN = "https://ddm.cn-north-4.myhuaweicloud.com"


def settings(environment: dict[str, str] | None = None, **arguments: Any) -> Settings:
    return read_settings(token="t" * 40, environment=environment or {}, home=None, **arguments)


@pytest.mark.parametrize("region", REGIONS)
def test_the_hosts_of_a_region_are_those_of_the_official_sdk(region: str) -> None:
    exceptions = {("rds", "eu-west-101"), ("cts", "eu-west-101")}
    for service in COMPANIONS:
        domain = "myhuaweicloud.eu" if (service, region) in exceptions else "myhuaweicloud.com"
        assert companion_host(service, region) == f"{service}.{region}.{domain}"


def test_a_region_gives_all_four_endpoints() -> None:
    found = settings(region="cn-north-4")
    hosts = [found.endpoint, found.rds_endpoint, found.vpc_endpoint, found.cts_endpoint]
    assert hosts == [f"https://{name}.cn-north-4.myhuaweicloud.com" for name in ("ddm", "rds", "vpc", "cts")]


@pytest.mark.parametrize(
    "endpoint", ["https://ddm.example.com", "http://127.0.0.1:9", "https://ddm.eu-de.otc.t-systems.com"]
)
def test_nothing_is_guessed_for_an_endpoint_of_its_own(endpoint: str) -> None:
    found = settings(endpoint=endpoint)
    assert (found.rds_endpoint, found.vpc_endpoint, found.cts_endpoint) == ("", "", "")


def test_arguments_win_and_follow_the_rules_of_the_ddm_endpoint() -> None:
    found = settings(
        {"DDMKIT_RDS_ENDPOINT": "rds.b.example.com"},
        endpoint="ddm.example.com",
        rds_endpoint="rds.a.example.com",
        cts_endpoint="http://localhost:7",
    )
    assert (found.rds_endpoint, found.vpc_endpoint, found.cts_endpoint) == (
        "https://rds.a.example.com",
        "",
        "http://localhost:7",
    )
    for wrong in ("http://rds.example.com", "https://user:pass@rds.example.com", "https://rds.example.com/v3", "ftp://x"):
        with pytest.raises(InputError) as caught:
            settings(region="cn-north-4", rds_endpoint=wrong)
        assert caught.value.field == "rds_endpoint"


def test_the_environment_names_a_cloud_of_its_own_as_a_whole() -> None:
    private = {
        "DDMKIT_ENDPOINT": "ddm.private.example",
        "DDMKIT_RDS_ENDPOINT": "rds.private.example",
        "DDMKIT_VPC_ENDPOINT": "'vpc.private.example'",
    }
    found = settings(private)
    assert (found.rds_endpoint, found.vpc_endpoint, found.cts_endpoint) == (
        "https://rds.private.example",
        "https://vpc.private.example",
        "",
    )
    assert settings(private, endpoint="ddm.private.example").rds_endpoint == "https://rds.private.example"


def test_an_address_of_the_environment_is_not_mixed_with_another_cloud() -> None:
    private = {"DDMKIT_ENDPOINT": "ddm.private.example", "DDMKIT_RDS_ENDPOINT": "rds.private.example"}
    assert settings(private, region="cn-north-4").rds_endpoint == "https://rds.cn-north-4.myhuaweicloud.com"
    assert settings(private, endpoint=OWN).rds_endpoint == "https://rds.cn-north-4.myhuaweicloud.com"
    assert settings(private, endpoint="ddm.stranger.example").rds_endpoint == ""


def test_a_variable_that_cannot_be_an_address_is_named() -> None:
    with pytest.raises(InputError) as caught:
        choose_companion("cts", None, OWN, (None, None), {"DDMKIT_CTS_ENDPOINT": "http://cts.example.com"})
    assert caught.value.field == "DDMKIT_CTS_ENDPOINT"


def test_the_official_variable_for_a_region_is_used() -> None:
    environment = {"HUAWEICLOUD_SDK_REGION_RDS_CN_NORTH_4": "https://rds.other.example,https://rds.second.example"}
    assert choose_companion("rds", None, OWN, (None, "cn-north-4"), environment) == "https://rds.other.example"
