"""`python -m services.collection serve | work | migrate`."""

from chassis.process import main
from services.collection import app

main("collection", app.Settings, app.build)
