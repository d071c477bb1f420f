"""Every RPC of every service answers odd things in time, with a reason, and without telling what was typed."""

import os
from collections import Counter
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import grpc
from google.protobuf import text_format
from google.protobuf.message import Message

from tests.component.fuzz import hostile, verdicts
from tests.component.fuzz.conftest import INPUTS, SEED
from tests.component.fuzz.world import World
from tests.served import Rpc

SHARE = 0.75
ONLY = os.environ.get("FUZZ_ONLY", "")
DEADLINE_S = 10.0

SLOW = {
    "SignIn": 0.2,  # hashes a password on purpose slowly
    "CreateUser": 0.2,
    "CreateUserWithPin": 0.2,
    "ResetPassword": 0.2,
    "UpdateOwnAccount": 0.2,
    "StartTotp": 0.2,
    "RemoveTotp": 0.2,
    "CreateFirstAdministrator": 0.2,
    "SendFile": 0.3,  # a file is read in a process of its own
    "GetInvoiceCopy": 0.2,  # may render a PDF
    "ClosePeriod": 0.1,  # for good: what is dated there is refused from then on
}
"""RPCs that get a smaller share of the inputs, because each takes long or takes much from the others."""


NEVER_ANSWERED = ("RetryDeadLetter", "SkipDeadLetter")
"""RPCs that refuse every input, since there are no dead letters here. Any other needs a good request in the world."""


@dataclass
class Report:
    """What went wrong, by kind, with one example each; and how many were answered."""

    found: dict[str, str] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)

    def add(self, rpc: Rpc, wrong: str, number: int, caller: str, stream: list[Message], why: str) -> None:
        key = f"{rpc}: {wrong}"
        self.times[key] += 1
        shown = "\n".join(text_format.MessageToString(message, as_one_line=True)[:1_500] for message in stream)
        self.found.setdefault(key, f"input {number} of seed {SEED}, asked by {caller}\n{why}\n{shown}")

    def __str__(self) -> str:
        return "\n\n".join(f"{self.times[key]} × {key}\n{example}" for key, example in self.found.items())


def plan(world: World) -> list[Rpc]:
    """Which RPC is asked at each step: all of them alike, but for the slow ones."""
    chosen = [rpc for rpc in world.house.rpcs if ONLY in str(rpc)]
    weights = [SLOW.get(rpc.method.name, 1.0) for rpc in chosen]
    return [*chosen, *world.chance.choices(chosen, weights, k=max(0, int(INPUTS * SHARE) - len(chosen)))]


def one_input(world: World, report: Report, log_lines: StringIO, number: int, rpc: Rpc) -> None:
    stream = world.requests.next(rpc.path, rpc.request_type, streams=rpc.method.client_streaming)
    raw = [message.SerializeToString() for message in stream]
    if world.chance.random() < 0.04:
        raw = [hostile.damaged(message, world.chance) for message in raw]
    caller = world.caller(rpc)
    try:
        answers = list(world.house.call(rpc, raw, world.callers[caller], DEADLINE_S))
    except grpc.RpcError as error:
        report.outcomes[error.code().name] += 1
        wrong, why = verdicts.of_refusal(error), ""
        if error.code() is grpc.StatusCode.PERMISSION_DENIED:
            world.denied.add((rpc.path, caller))
        if wrong is not None:
            why = verdicts.last_failure(log_lines.getvalue()[-20_000:])
    else:
        report.outcomes["OK"] += 1
        world.answered[str(rpc)] += 1
        strangers = [word for word in world.strangers.get(caller, []) if word.encode() not in b"".join(raw)]
        wrong, why = verdicts.of_answers(answers, strangers), ""
        for answer in answers[:3]:
            world.requests.learn(answer)
        if sum(map(len, raw)) < 20_000:
            world.requests.keep(rpc.path, stream)
    if wrong is not None:
        report.add(rpc, wrong, number, caller, stream, why)


def test_every_rpc_answers_everything(world: World, log_lines: StringIO, state_folder: Path) -> None:
    report = Report()
    for number, rpc in enumerate(plan(world)):
        one_input(world, report, log_lines, number, rpc)
    silent = {str(rpc) for rpc in world.house.rpcs if not world.answered[str(rpc)]}
    outcomes = dict(report.outcomes)
    assert not report.found, f"{report}\n\n{outcomes}"
    assert {name for name in silent if not name.endswith(NEVER_ANSWERED) and ONLY in name} == set()
    assert report.outcomes["OK"] > INPUTS * SHARE / 10, f"hardly anything reaches deep: {outcomes}"
    assert verdicts.of_logs(log_lines.getvalue()) == []
    assert verdicts.of_logs((state_folder / "postgres.log").read_text(errors="replace")) == []
    assert world.house.verify() == {}, "whatever was asked, the books, the archive and the events agree"
