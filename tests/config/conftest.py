"""A home folder with a profile, and settings that are read from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ddmkit.config.settings import Settings, read_settings

ENDPOINT = "https://ddm.example.test"
PROFILE = "[basic]\nak = file-ak\nsk = file-sk\nproject_id = file-project\niam_endpoint = https://iam.file.test\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".huaweicloud").mkdir()
    (tmp_path / ".huaweicloud" / "credentials").write_text(PROFILE)
    return tmp_path


def read(tmp_path: Path, environment: dict[str, str] | None = None, **given: object) -> Settings:
    return read_settings(**{"endpoint": ENDPOINT, "environment": environment or {}, "home": tmp_path, **given})


def reveal(settings: Settings) -> list[str]:
    return [secret.get_secret_value() for secret in settings.secrets]
