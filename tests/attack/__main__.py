"""``make attack``: wapiti and sqlmap against the running house, as a signed-in clerk. PORT says where it is.

Settings: ONLY=wapiti or sqlmap, MINUTES of wapiti's crawl (5). The exit code is 1 if anything is found.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

UVX = (str(Path(sys.executable).with_name("uv")), "tool", "run", "--quiet", "--from")
WAPITI, SQLMAP = "wapiti3==3.2.3", "sqlmap==1.10.10"
USER, PASSWORD = "demo", "demo-klientwebb"
BASE = f"http://localhost:{os.environ.get('PORT') or 8080}"
MODULES = "cookieflags,crlf,csrf,exec,file,http_headers,permanentxss,redirect,sql,ssrf,timesql,upload,xss,xxe"
QUERIES = (
    "/reskontra/?fakturanr=17&kundnr=7&sort=namn&ordning=fallande&filter=forfallna&per=2026-06-30",
    "/reskontra/?visa=kunder&kundnr=7&sort=namn",
    "/reskontra/artikelregister?q=abc",
    "/inkasso/sok?arendenr=1&galdenar=Ek&status=aktiva&visa=lista",
    "/sok?q=ek",
)
"""Where what one types reaches a query; sqlmap tries every parameter."""
SIGN_IN = "/logga-in"


def main() -> int:
    """All that ONLY asks for."""
    attacks: Mapping[str, Callable[[str], list[str]]] = {"wapiti": wapiti, "sqlmap": sqlmap}
    only = os.environ.get("ONLY")
    found = []
    for name in [only] if only else list(attacks):
        findings = attacks[name](session())
        say(f"{name}: {len(findings)} findings")
        found += findings
    say("\n".join(found) or "nothing found")
    return 1 if found else 0


def session() -> str:
    """The cookie of a clerk who has just signed in."""
    cookies = CookieJar()
    browser = build_opener(HTTPCookieProcessor(cookies))
    page = browser.open(BASE + SIGN_IN, timeout=30).read().decode()
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    fields = {"csrf_token": token, "user_name": USER, "password": PASSWORD, "next": "/"}
    browser.open(BASE + SIGN_IN, urlencode(fields).encode(), timeout=30)
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies)


def wapiti(cookie: str) -> list[str]:
    """Crawl and attack every form and parameter that is found."""
    minutes = float(os.environ.get("MINUTES") or 5)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            *UVX, WAPITI, "wapiti", "--url", f"{BASE}/", "--scope", "domain", "--cookie-value", cookie,
            "--module", MODULES, "--exclude", f"{BASE}/logga-ut", "--depth", "2",
            "--max-scan-time", str(minutes * 60), "--max-attack-time", "60", "--max-links-per-page", "25",
            "--max-files-per-dir", "12", "--flush-session", "--store-session", folder,
            "--format", "json", "--output", str(report), "--no-bugreport", "--verbose", "0",
        ]  # fmt: skip
        subprocess.run(command, check=True)
        return list(_reported(json.loads(report.read_text())))


def _reported(report: dict[str, dict[str, list[dict[str, str]]]]) -> Iterator[str]:
    for kind in ("vulnerabilities", "anomalies"):
        for name, findings in report.get(kind, {}).items():
            for finding in findings:
                yield f"{name}: {finding['method']} {finding['path']} {finding['info']}"


def sqlmap(cookie: str) -> list[str]:
    """Every parameter of the addresses that reach a query."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for path in QUERIES:
            command = [
                *UVX, SQLMAP, "sqlmap", "--url", BASE + path, "--cookie", cookie, "--batch", "--level", "2",
                "--risk", "2", "--technique", "BEUST", "--time-sec", "2", "--dbms", "PostgreSQL",
                "--output-dir", folder, "--skip", "Cookie,User-Agent,Referer", "--threads", "4", "--disable-coloring",
            ]  # fmt: skip
            said = subprocess.run(command, check=False, capture_output=True, text=True).stdout
            if "all tested parameters do not appear to be injectable" not in said:
                found.append(f"sqlmap, {path}:\n{said[-2000:]}")
    return found


def say(text: str) -> None:
    """One line on the screen."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
