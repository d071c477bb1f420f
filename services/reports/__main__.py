"""``python -m services.reports serve | work | migrate | verify | rebuild``."""

import sys

from chassis.process import main
from services.reports import app, rebuild, verify

if sys.argv[1:] == ["verify"]:
    sys.exit(verify.main())
if sys.argv[1:] == ["rebuild"]:
    sys.exit(rebuild.main())
main("reports", app.Settings, app.build)
