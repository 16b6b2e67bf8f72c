"""Where a kit connects to: endpoint, region, project and zone, each from its first source."""

from __future__ import annotations

from pathlib import Path

import pytest

from ddmkit.config.endpoints import REGIONS, read_endpoint
from ddmkit.config.settings import read_settings
from ddmkit.errors import InputError
from tests.config.conftest import ENDPOINT, read


@pytest.mark.parametrize(
    ("given", "environment", "endpoint", "region"),
    [
        ({"region": "cn-north-4"}, {}, "https://ddm.cn-north-4.myhuaweicloud.com", "cn-north-4"),
        ({"region": "eu-west-101"}, {}, "https://ddm.eu-west-101.myhuaweicloud.eu", "eu-west-101"),
        ({}, {"DDMKIT_REGION": "cn-east-3"}, "https://ddm.cn-east-3.myhuaweicloud.com", "cn-east-3"),
        ({}, {"DDMKIT_ENDPOINT": "ddm.example.test:8443"}, "https://ddm.example.test:8443", ""),
        ({"endpoint": ENDPOINT}, {"DDMKIT_ENDPOINT": "other.test"}, ENDPOINT, ""),
        ({"endpoint": ENDPOINT, "region": "my-own"}, {}, ENDPOINT, "my-own"),
        # An argument counts more than an endpoint that happens to be in the environment.
        (
            {"region": "cn-north-4"},
            {"DDMKIT_ENDPOINT": "other.test"},
            "https://ddm.cn-north-4.myhuaweicloud.com",
            "cn-north-4",
        ),
        ({"endpoint": "ddm.cn-north-4.myhuaweicloud.com"}, {}, "https://ddm.cn-north-4.myhuaweicloud.com", "cn-north-4"),
        (
            {"endpoint": "ddm.cn-north-4.myhuaweicloud.com"},
            {"DDMKIT_REGION": "cn-east-3"},
            "https://ddm.cn-north-4.myhuaweicloud.com",
            "cn-north-4",
        ),
        (
            {"region": "cn-north-4"},
            {"HUAWEICLOUD_SDK_REGION_DDM_CN_NORTH_4": "https://a.test,https://b.test"},
            "https://a.test",
            "cn-north-4",
        ),
        ({"region": "new-1"}, {"HUAWEICLOUD_SDK_REGION_DDM_NEW_1": "a.test"}, "https://a.test", "new-1"),
    ],
)
def test_endpoint_and_region_each_come_from_their_first_source(
    tmp_path: Path, given: dict, environment: dict, endpoint: str, region: str
) -> None:
    settings = read_settings(token="t", environment=environment, home=tmp_path, **given)
    assert (settings.endpoint, settings.region) == (endpoint, region)


def test_an_unknown_region_and_no_region_are_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'cn-nroth-4' is not known.*cn-north-4"):
        read_settings(token="t", region="cn-nroth-4", environment={}, home=tmp_path)
    with pytest.raises(InputError, match="DDMKIT_REGION"):
        read_settings(token="t", environment={}, home=tmp_path)


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_has_an_endpoint_and_an_identity_service(tmp_path: Path, region: str) -> None:
    settings = read_settings(token="t", region=region, environment={}, home=tmp_path)
    assert settings.endpoint == read_endpoint(settings.endpoint)
    assert settings.iam_endpoint == settings.endpoint.replace("//ddm.", "//iam.")


@pytest.mark.parametrize(
    ("given", "environment", "iam"),
    [
        ({"iam_endpoint": "iam.mine.test"}, {"DDMKIT_IAM_ENDPOINT": "x.test"}, "https://iam.mine.test"),
        ({}, {"DDMKIT_IAM_ENDPOINT": "own.test", "HUAWEICLOUD_SDK_IAM_ENDPOINT": "sdk.test"}, "https://own.test"),
        ({}, {"HUAWEICLOUD_SDK_IAM_ENDPOINT": "sdk.test"}, "https://sdk.test"),
        ({"endpoint": "http://127.0.0.1:8000"}, {}, "http://127.0.0.1:8000"),
        ({"endpoint": "ddm.cn-north-4.myhuaweicloud.com"}, {}, "https://iam.cn-north-4.myhuaweicloud.com"),
        ({"endpoint": "ddm.eu-west-101.myhuaweicloud.eu"}, {}, "https://iam.eu-west-101.myhuaweicloud.eu"),
        ({"endpoint": "ddm.new-1.myhuaweicloud.com"}, {}, "https://iam.new-1.myhuaweicloud.com"),
        ({"endpoint": "vpcep.myhuaweicloud.com"}, {}, "https://iam.myhuaweicloud.com"),
        # Sending credentials to a cloud that was only guessed would be worse than asking.
        ({"endpoint": "gateway.company.test"}, {}, ""),
        ({"endpoint": "ddm.evil.test"}, {}, ""),
        ({"endpoint": "ddm.eu-de.otc.t-systems.com"}, {}, ""),
        ({"endpoint": "ddm.evilmyhuaweicloud.com"}, {}, ""),
        ({"endpoint": "ddm.myhuaweicloud.com.evil.test", "region": "cn-north-4"}, {}, ""),
    ],
)
def test_the_identity_service_is_found_beside_the_endpoint(tmp_path: Path, given: dict, environment: dict, iam: str) -> None:
    assert read(tmp_path, environment, token="t", **given).iam_endpoint == iam


def test_the_profiles_identity_service_goes_with_its_credentials(home: Path) -> None:
    assert read(home).iam_endpoint == "https://iam.file.test"
    assert read(home, token="t").iam_endpoint == ""


def test_identity_is_the_host_and_never_a_port(tmp_path: Path) -> None:
    assert read(tmp_path, token="t", endpoint="https://ddm.example.test:8443").identity_host == "ddm.example.test"


@pytest.mark.parametrize("project", ["a b", "a/b", "a?b", "..%2F"])
def test_a_project_id_that_would_change_the_path_is_refused(tmp_path: Path, project: str) -> None:
    with pytest.raises(InputError, match="project_id"):
        read(tmp_path, token="t", project_id=project)


@pytest.mark.parametrize("name", ["project_id", "region", "endpoint", "iam_endpoint", "ca_bundle"])
def test_a_credential_that_was_pasted_where_it_would_be_shown_is_refused_unseen(tmp_path: Path, name: str) -> None:
    secret = "kJ8sdf7Hs83nSd0fLwq2"
    for given in ({"token": secret}, {"access_key": "AK" * 8, "secret_key": secret}):
        for text in (secret, f"x{secret.lower()}"):
            with pytest.raises(InputError) as caught:
                read(tmp_path, **{"endpoint": "https://ddm.example.test", **given, name: text})
            assert (caught.value.field, caught.value.problem) == (name, "holds one of the credentials.")
            assert secret.casefold() not in str(caught.value).casefold()
    assert read(tmp_path, token="t", project_id="project-t").project_id == "project-t"


def test_the_time_zone_is_checked(tmp_path: Path) -> None:
    assert read(tmp_path, token="t").time_zone == "UTC"
    assert read(tmp_path, {"DDMKIT_TIME_ZONE": "Europe/Berlin"}, token="t").time_zone == "Europe/Berlin"
    assert (
        read(tmp_path, {"DDMKIT_TIME_ZONE": "Europe/Berlin"}, token="t", time_zone="Asia/Shanghai").time_zone
        == "Asia/Shanghai"
    )
    with pytest.raises(InputError, match="time_zone"):
        read(tmp_path, token="t", time_zone="Mars/Olympus")
