"""A page's token: given out again for some seconds, as long as it says what is true."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from chassis import tokens
from chassis.tokens import Caller, CallerKind, Signer, Verifier
from deploy.local.keys import Keys

CLIENT = uuid4()
CALLER = Caller(str(uuid4()), "ulla", CallerKind.CLIENT_USER, {CLIENT: 1}, session="s1")


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def test_the_same_question_within_seconds_gets_the_same_token(keys: Keys) -> None:
    signer = Signer(keys.token_private_key)
    assert signer.sign_again(CALLER, ["ledger"]) == signer.sign_again(CALLER, ["ledger"])


@pytest.mark.parametrize(
    "changed", [{"clients": {CLIENT: 3}}, {"clients": {}}, {"session": "s2"}, {"everywhere": 1}, {"name": "olle"}]
)
def test_a_change_of_rights_holds_at_once(keys: Keys, changed: dict[str, object]) -> None:
    signer = Signer(keys.token_private_key)
    signer.sign_again(CALLER, ["ledger"])
    other = replace(CALLER, **changed)  # type: ignore[arg-type]
    seen = Verifier(keys.token_public_keys, "ledger").verify(signer.sign_again(other, ["ledger"]))
    assert replace(seen, token="") == other


def test_a_token_is_not_given_out_when_little_of_its_life_is_left(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = Signer(keys.token_private_key)
    first = signer.sign_again(CALLER, ["ledger"])
    monkeypatch.setattr(tokens, "REUSED_S", -1)
    later = signer.sign_again(replace(CALLER), ["ledger"])
    assert signer.sign_again(CALLER, ["files"]) not in {first, later}
    assert tokens.REUSED_S < tokens.LIFETIME_S / 2
