"""What a person has chosen for the start page and Smarttab (M-04, M-06, M-07, M-09 to M-12)."""

import json
from dataclasses import replace

import pytest
from flask import g

from gateway import preferences
from gateway.preferences import STATISTICS, Preferences
from kernel.errors import NotFound
from rf.auth.v1 import documents_pb2
from tests.unit.gateway.house import House


def read(house: House, body: str | None) -> Preferences:
    kept = documents_pb2.GetDocumentResponse(document=documents_pb2.Document(body=body or ""))
    house.answers["GetDocument"] = NotFound("document") if body is None else kept
    with house.app.test_request_context("/"):
        house.app.preprocess_request()
        g.session = type("Anybody", (), {"access_token": "t"})
        return preferences.mine()


def test_who_has_chosen_nothing_has_the_welcome_on_and_all_nine_to_pick_from(house: House) -> None:
    found = read(house, None)
    assert found == Preferences()
    assert found.welcome
    assert len(STATISTICS) == 9


def test_what_was_saved_is_read_again(house: House) -> None:
    chosen = replace(Preferences(), welcome=False, chosen_statistics=("own_or_agent",), latest_cases=25, smarttab=False)
    with house.app.test_request_context("/"):
        house.app.preprocess_request()
        g.session = type("Anybody", (), {"access_token": "t"})
        house.answers["PutDocument"] = documents_pb2.PutDocumentResponse()
        preferences.save(chosen, "r")
    body = house.requests("PutDocument")[0].document.body
    assert read(house, body) == chosen


@pytest.mark.parametrize(
    "body",
    ["", "[]", "7", "null", '"x"', "{", '{"latest_cases": 1000000, "chosen_statistics": 3}', '{"latest_cases": true}'],
)
def test_what_cannot_be_read_is_as_if_nothing_was_chosen(house: House, body: str) -> None:
    found = read(house, body)
    assert found.latest_cases == Preferences().latest_cases
    assert found.welcome


def test_a_statistic_that_is_no_more_is_left_out_and_the_order_is_the_manuals(house: House) -> None:
    picked = {"chosen_statistics": ["invoices_per_month", "gone", "new_cases"]}
    assert read(house, json.dumps(picked)).shown_statistics == ("new_cases", "invoices_per_month")
    assert read(house, json.dumps(picked | {"statistics": False})).shown_statistics == ()
