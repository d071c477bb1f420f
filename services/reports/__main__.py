"""``python -m services.reports serve | work | migrate``."""

from chassis.process import main
from services.reports import app

main("reports", app.Settings, app.build)
