"""`python -m services.collection serve | work | migrate | verify`."""

import sys

from chassis.process import main
from services.collection import app, verify

if sys.argv[1:] == ["verify"]:
    sys.exit(verify.main())
main("collection", app.Settings, app.build)
