"""``python -m services.files serve | work | migrate | verify``."""

import sys

from chassis.process import main
from services.files import app, verify

if sys.argv[1:] == ["verify"]:
    sys.exit(verify.main())
main("files", app.Settings, app.build)
