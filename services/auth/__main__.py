"""``python -m services.auth serve | work | migrate | verify``."""

import sys

from chassis.process import main
from services.auth import app, verify

if sys.argv[1:] == ["verify"]:
    sys.exit(verify.main())
main("auth", app.Settings, app.build, app.prepare)
