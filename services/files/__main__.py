"""``python -m services.files serve | work | migrate | verify``."""

import sys

from chassis.process import main
import services.files.app as app
import services.files.verify as verify

if sys.argv[1:] == ["verify"]:
    sys.exit(verify.main())
main("files", app.Settings, app.build)
