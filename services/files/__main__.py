"""``python -m services.files serve | work | migrate | verify``."""

import sys

from chassis.process import main
from services.files import verify
from services.files.app import Settings, build

if sys.argv[1:] == ["verify"]:
    sys.exit(verify.main())
main("files", Settings, build)
