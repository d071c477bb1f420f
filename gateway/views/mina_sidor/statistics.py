"""The statistics boxes of the start page (M-09, S-1 to S-9)."""

from calendar import monthrange

from flask import abort, g, request, url_for
from flask.typing import ResponseReturnValue

from gateway import charts
from gateway.session import needs
from gateway.views.mina_sidor.blueprint import mina_sidor
from gateway.views.mina_sidor.boxes import box, chosen_clients, on_its_own
from gateway.views.mina_sidor.case_statistics import service_url, things_of_age_url
from rf.reports.v1.statistics_pb2 import GetStatisticRequest


@mina_sidor.get("/startsida/statistik/<name>")
@needs("ledger.read", "collection.read")
@on_its_own
def statistic(name: str) -> ResponseReturnValue:
    """One of the nine, as a chart or as a table."""
    found = charts.BY_NAME.get(name)
    if found is None:
        abort(404)
    clients = g.session.scope(found.permissions[0]) if len(found.permissions) == 1 else chosen_clients()
    answer = g.reports.statistics.GetStatistic(GetStatisticRequest(statistic=found.number, client_ids=clients))
    chart = charts.draw(name, answer, lambda key: _behind(name, key))
    as_table = request.args.get("som") == "tabell"
    return box("mina_sidor/_statistik.html", chart.title, chart=chart, as_table=as_table)


def _behind(name: str, key: str) -> str:
    """Where one sees what a bucket counts."""
    if name == "active_by_service":
        return service_url(key)
    if name in {"active_by_invoice_age", "amount_by_invoice_age"}:
        return things_of_age_url("COLLECTION", key)
    if name == "invoices_by_age":
        return things_of_age_url("", key)
    if name == "new_cases":
        year, month = int(key[:4]), int(key[5:])
        last = monthrange(year, month)[1]
        return url_for("inkasso.search", visa="lista", regfran=f"{key}-01", regtill=f"{key}-{last:02}")
    return ""
