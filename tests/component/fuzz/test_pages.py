"""Every page, form and query string of the web answers odd things in time, as a page, and tells nobody's secrets."""

import time
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from werkzeug.routing import Rule

from tests.component.fuzz import conftest, hostile, samples, verdicts
from tests.component.fuzz.accounts import PASSWORD
from tests.component.fuzz.conftest import SEED
from tests.component.fuzz.odd import Odd, attached
from tests.component.fuzz.survey import Ask, Survey, Visitor, offered
from tests.component.fuzz.web import Web

INPUTS = conftest.INPUTS * 15 // 100
LONGEST_S = 30.0  # what a deadline of 5 s, asked twice, can become on a busy machine
SLOW = {"login.do_sign_in": 0.2, "reskontra.invoice_copy": 0.2, "kommunikation.do_send_file": 0.3}
"""Pages that get a smaller share, because each takes long: a hash, a PDF, a file that another process reads."""


def surveyed(web: Web) -> Survey:
    """All that the pages offer to a clerk, an officer and an administrator."""
    survey = Survey(web.app)
    for name in ("clerk", "officer", "administrator"):
        survey.walk(web.visitors[name], post=lambda ask: ask.path != "/logga-ut" and web.spares_visitors(ask))
    chance = web.world.chance
    survey.complete(lambda name: chance.choice(web.world.requests.known.get(name) or [web.world._id()]))
    survey.add(Ask("POST", "/logga-in", fields=(("user_name", "rut"), ("password", "fel"), ("next", "/reskontra"))))
    survey.add(Ask("GET", "/logga-in", query=(("next", "/reskontra"), ("utloggad", "1"))))
    return survey


def changed(ask: Ask, odd: Odd, chance: Random) -> Ask:
    """The request with something odd in it, and a file where it has one."""
    ask = odd.of(ask)
    if ask.files:
        made = [attached(one.name, samples.spoilt(chance), chance) for one in ask.files]
        ask = Ask(ask.method, ask.path, ask.query, ask.fields, tuple(made), ask.headers)
    return ask


def test_every_page_and_form_answers_everything(web: Web, log_lines: StringIO, state_folder: Path) -> None:
    chance = Random(SEED)
    survey, odd = surveyed(web), Odd(chance)
    rules = survey.rules()
    weights = [SLOW.get(rule.endpoint, 1.0) for rule in rules]
    plan = [*rules, *chance.choices(rules, weights, k=max(0, INPUTS - len(rules)))]
    found: dict[str, str] = {}
    statuses: Counter[int] = Counter()
    for number, rule in enumerate(plan):
        ask = changed(chance.choice(survey.found[rule.endpoint]), odd, chance)
        if not web.spares_visitors(ask):
            continue
        visitor = web.visitors[chance.choice(("clerk", "clerk", "clerk", "reader", "officer", "administrator"))]
        wrong = one_input(web, visitor, ask, survey, statuses, chance)
        if wrong is not None:
            why = verdicts.last_failure(log_lines.getvalue()[-20_000:])
            found.setdefault(
                f"{rule.endpoint}: {wrong}", f"input {number} of seed {SEED}, {visitor.name}\n{why}\n{ask}"
            )
    assert not found, "\n\n".join(f"{key}\n{example}" for key, example in found.items())
    assert statuses[200] > INPUTS // 10, f"hardly anything reaches deep: {statuses}"
    secrets = web.secrets()
    assert verdicts.of_logs(log_lines.getvalue(), secrets) == []
    assert verdicts.of_logs((state_folder / "postgres.log").read_text(errors="replace"), secrets) == []


def one_input(
    web: Web, visitor: Visitor, ask: Ask, survey: Survey, statuses: Counter[int], chance: Random
) -> str | None:
    """What is wrong with the answer to one request."""
    token = None if chance.random() < 0.95 else chance.choice(("", hostile.MARK, "åäö", "A" * 43 + "="))
    began = time.monotonic()
    answer = visitor.ask(ask, token=token)
    if answer is None:  # no client could send it
        return None
    if answer.status_code == 503:  # a busy machine? what is wrong by itself is so again
        answer = visitor.ask(ask, token=token)
        assert answer is not None
    statuses[answer.status_code] += 1
    if time.monotonic() - began > LONGEST_S:
        return "takes too long"
    strange = [word for word in web.strangers(visitor) if word not in str(ask)]  # a refusal leads back to its address
    wrong = verdicts.of_page(answer, strange, web.secrets())
    if survey.endpoint(ask) == "login.sign_out" or answer.headers.get("Location", "").startswith("/logga-in"):
        visitor.sign_in(PASSWORD)
    for further in list(offered(ask, answer))[:40]:
        survey.add(further)
    return wrong


def test_every_page_without_arguments_is_met_and_shows_itself(web: Web) -> None:
    """So the fuzzer above has been behind each of them."""
    survey = surveyed(web)

    def is_plain(rule: Rule) -> bool:
        return not rule.arguments and "GET" in (rule.methods or ()) and rule.endpoint != "login.sign_in"

    silent = {rule.endpoint: survey.answered[rule.endpoint] for rule in survey.rules() if is_plain(rule)}
    assert {name: found for name, found in silent.items() if not found & {200, 303, 404}} == {}


@pytest.fixture(scope="module", autouse=True)
def house_is_whole_afterwards(web: Web) -> Iterator[None]:
    """Whatever was asked, the books, the archive and the events agree."""
    yield
    assert web.world.house.verify() == {}
