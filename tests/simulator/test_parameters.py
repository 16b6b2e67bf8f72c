"""Bodies as callers may send them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from ddmkit.simulator.parameters import RestoreBody, body_text


def body(**source: Any) -> dict[str, Any]:
    return {"source": source, "target": {"instance_id": "i", "data_nodes": ["n"]}}


@pytest.mark.parametrize("point", [1_747_732_352_076, 1_747_732_352_076.0])
def test_a_body_is_kept_as_sent_with_whole_numbers(point: float) -> None:
    read = RestoreBody.model_validate(body(restore_time=point))
    assert body_text(read) == body(restore_time=1_747_732_352_076)
    assert isinstance(body_text(read)["source"]["restore_time"], int)


@pytest.mark.parametrize(
    "source", [{}, {"backup_id": "b", "restore_time": 1}, {"restore_time": float("inf")}, {"backup_id": ""}]
)
def test_neither_both_and_odd_values_are_refused(source: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RestoreBody.model_validate(body(**source))
