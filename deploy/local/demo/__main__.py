"""``python -m deploy.local.demo``: seed the demo data; does nothing twice, and goes on where it was interrupted."""

import json
import os
import sys
import time
from datetime import date
from pathlib import Path

from chassis import business_day, settings
from deploy.local.demo.seed import Seed, Targets
from kernel.errors import DomainError


def main() -> None:
    """Seed with the day of the first try, so that a repeat sends the same requests and gets the same answers."""
    marker = Path(os.environ.get("DATA") or "var") / "demo.json"
    known = json.loads(marker.read_text(encoding="utf-8")) if marker.exists() else {}
    if known.get("done"):
        print("in place since an earlier start", flush=True)
        return
    today = date.fromisoformat(known.get("day") or business_day.today().isoformat())
    marker.write_text(json.dumps({"day": today.isoformat()}), encoding="utf-8")
    started = time.monotonic()
    try:
        Seed(settings.read(Targets), today).run()
    except DomainError as error:
        sys.exit(f"stopped: {error}")
    marker.write_text(json.dumps({"day": today.isoformat(), "done": True}), encoding="utf-8")
    print(f"done in {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
