"""``python -m services.reports serve | work | migrate | verify``."""

import sys

from chassis.process import main
from services.reports import app, verify

if sys.argv[1:] == ["verify"]:
    sys.exit(verify.main())
main("reports", app.Settings, app.build)
