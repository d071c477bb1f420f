"""``python -m services.auth serve | work | migrate``."""

from chassis.process import main
from services.auth import app

main("auth", app.Settings, app.build, app.prepare)
