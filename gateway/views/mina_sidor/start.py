"""The start page (manual §3.1): who one is and since when, and the boxes that one has chosen."""

from flask import g
from flask.typing import ResponseReturnValue

from gateway import charts, preferences
from gateway.rendering import page
from gateway.session import needs
from gateway.views.mina_sidor.blueprint import mina_sidor

BESIDE = 3  # statistics at the right of the lists; the rest stand below


@mina_sidor.get("/")
@needs()
def start() -> ResponseReturnValue:
    answer, mine = g.session.answer, preferences.mine()
    may_read_cases = g.session.may("collection.read")
    statistics = [name for name in mine.shown_statistics if _may(name)]
    case_statistics = mine.case_statistics and (may_read_cases or g.session.may("ledger.read"))
    case_list = mine.case_list and may_read_cases
    beside = BESIDE if case_statistics or case_list else 0
    return page(
        "mina_sidor/startsida.html",
        login_at=answer.login_at,
        previous_login_at=answer.previous_login_at if answer.HasField("previous_login_at") else None,
        first_name=g.session.user.first_name or g.session.user.user_name,
        mine=mine,
        case_statistics=case_statistics,
        case_list=case_list,
        beside=statistics[:beside],
        below=statistics[beside:],
        titles=preferences.STATISTICS,
    )


def _may(name: str) -> bool:
    return any(g.session.may(permission) for permission in charts.BY_NAME[name].permissions)
