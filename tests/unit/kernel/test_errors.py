import pickle

import pytest

from kernel.errors import (
    DomainError,
    FieldViolation,
    InvalidInput,
    Kind,
    NotFound,
    PermissionDenied,
    Violations,
    invalid_value,
)


class JournalAlreadyApproved(DomainError):
    reason = "JOURNAL_ALREADY_APPROVED"
    kind = Kind.CONFLICT


def test_an_error_carries_its_reason_kind_and_details_as_text():
    error = JournalAlreadyApproved(number=17)

    assert (error.reason, error.kind, error.details) == ("JOURNAL_ALREADY_APPROVED", Kind.CONFLICT, {"number": "17"})
    assert str(error) == "JOURNAL_ALREADY_APPROVED number=17"
    assert error.violations == ()


@pytest.mark.parametrize("reason", ["already approved", "X", "_X_Y", "A" * 64, ""])
def test_a_reason_that_the_wire_would_refuse_is_refused_where_it_is_declared(reason):
    with pytest.raises(TypeError, match="UPPER_SNAKE_CASE"):
        type("Wrong", (DomainError,), {"reason": reason})


def test_not_found_and_permission_denied_say_of_what():
    assert NotFound("invoice").details == {"what": "invoice"}
    assert PermissionDenied("ledger.approve").details == {"permission": "ledger.approve"}


def test_every_fault_of_an_input_is_raised_at_once():
    def register():
        with Violations() as v:
            v.present("customer.name", "")
            v.require("invoice.amount", -5 > 0, "NEGATIVE", min=0)
            v.add("invoice.due", "TOO_EARLY")

    with pytest.raises(InvalidInput) as raised:
        register()

    assert raised.value.violations == (
        FieldViolation("customer.name", "REQUIRED"),
        FieldViolation("invoice.amount", "NEGATIVE", {"min": "0"}),
        FieldViolation("invoice.due", "TOO_EARLY"),
    )


def test_no_fault_raises_nothing():
    with Violations() as v:
        assert v.present("name", "Ylva Nattsjö")
        assert v.present("discount", 0), "zero is an answer"
    assert not v


def test_what_a_parser_refuses_is_given_its_field_and_the_block_goes_on():
    def read(error: InvalidInput) -> None:
        raise error

    def register():
        with Violations() as v:
            with v.field("customer.id_number"):
                read(invalid_value("CHECK_DIGIT"))
            with v.field("invoice"):
                read(InvalidInput([FieldViolation("rows[1].unit_price", "OUT_OF_RANGE")]))
            with v.field("invoice.rows"):
                read(InvalidInput([FieldViolation("[2]", "REQUIRED")]))

    with pytest.raises(InvalidInput) as raised:
        register()

    assert [v.field for v in raised.value.violations] == [
        "customer.id_number",
        "invoice.rows[1].unit_price",
        "invoice.rows[2]",
    ]


def test_a_refusal_outside_a_field_joins_what_was_found_before_it():
    def register():
        with Violations() as v:
            v.add("name", "REQUIRED")
            raise invalid_value("OUT_OF_RANGE")

    with pytest.raises(InvalidInput) as raised:
        register()

    assert [v.reason for v in raised.value.violations] == ["REQUIRED", "OUT_OF_RANGE"]


def test_any_other_error_is_not_hidden_by_faults_of_the_input():
    def approve():
        with Violations() as v:
            v.add("name", "REQUIRED")
            raise JournalAlreadyApproved

    with pytest.raises(JournalAlreadyApproved):
        approve()


@pytest.mark.parametrize("error", [JournalAlreadyApproved(number=17), NotFound("invoice"), invalid_value("DATE")])
def test_an_error_survives_the_way_from_another_process(error):
    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is type(error)
    assert (copy.details, copy.violations, str(copy)) == (error.details, error.violations, str(error))
