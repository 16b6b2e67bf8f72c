from __future__ import annotations

import pytest

from ddmkit.errors import AuthError, NotFoundError, ServiceError, UnreachableError
from ddmkit.restore.facts import Fact, try_in_parallel


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


def test_what_is_made_of_a_value_keeps_the_reason_of_one_that_could_not_be_read():
    assert Fact(value=(1, 2)).map(len) == Fact(value=2)
    gone = Fact[int](problem="404", missing=True)
    assert gone.map(str) == gone


def test_a_refusal_of_another_service_ends_no_other_read():
    def refuse():
        raise AuthError("401", status=401)

    executor = type("Executor", (), {"gather": lambda _, calls: [call() for call in calls]})()
    found = try_in_parallel(executor, {"a": refuse, "b": lambda: 7})
    assert (found["a"].problem, found["b"].value) == ("401", 7)
