"""The start page (manual §3.1)."""

from flask import g
from flask.typing import ResponseReturnValue

from gateway.rendering import page
from gateway.session import needs
from gateway.views.mina_sidor.blueprint import mina_sidor


@mina_sidor.get("/")
@needs()
def start() -> ResponseReturnValue:
    answer = g.session.answer
    previous = answer.previous_login_at if answer.HasField("previous_login_at") else None
    return page("mina_sidor/startsida.html", login_at=answer.login_at, previous_login_at=previous)
