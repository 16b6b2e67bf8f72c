from __future__ import annotations

import pytest

from ddmkit.errors import NotFoundError, ServiceError, UnreachableError
from ddmkit.restore.facts import Fact


def test_an_answer_becomes_the_value_of_a_fact():
    fact = Fact[int].of(7)
    assert (fact.value, fact.is_read, fact.problem) == (7, True, "")


@pytest.mark.parametrize(
    ("error", "missing", "unpublished"),
    [
        (ServiceError("refused", status=403), False, False),
        (NotFoundError("gone", status=404), True, False),
        (NotFoundError("no such call", status=404, code="APIGW.0101"), False, True),
        (UnreachableError("no answer"), False, False),
    ],
)
def test_an_error_of_the_service_becomes_the_problem_of_a_fact(error, missing, unpublished):
    fact = Fact[int].of(error)
    assert not fact.is_read
    assert (fact.problem, fact.missing, fact.unpublished) == (str(error), missing, unpublished)


def test_a_bug_stays_an_exception():
    with pytest.raises(KeyError):
        Fact[int].of(KeyError("x"))
