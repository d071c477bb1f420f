"""``python -m services.ledger serve | work | migrate | verify``."""

import sys

from chassis.process import main
from services.ledger import app, verify

if sys.argv[1:] == ["verify"]:
    sys.exit(verify.main())
main("ledger", app.Settings, app.build)
