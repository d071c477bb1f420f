"""A person signed in, as a browser without scripts sees it."""

import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

from tests.resilience.harness.world import PASSWORD, World

LIMIT_S = 30


class Browser:
    """One person's browser. A page that says no is an answer; one that cannot be reached raises URLError."""

    def __init__(self, world: World) -> None:
        self.address = world.house.settings.base_url
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        _, page = self.get("/logga-in")
        fields = {"user_name": world.a_user(), "password": PASSWORD, "next": "/"}
        status, page = self.post("/logga-in", page, fields)
        assert "Logga ut" in page, f"nobody is signed in: {status}"

    def get(self, path: str) -> tuple[int, str]:
        """Status and page."""
        return self._open(urllib.request.Request(self.address + path))

    def post(self, path: str, page: str, fields: dict[str, str]) -> tuple[int, str]:
        """Status and page after a form of that page was sent, with its hidden fields and these."""
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        body = urllib.parse.urlencode(hidden | fields).encode()
        return self._open(urllib.request.Request(self.address + path, body))

    def _open(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with self.opener.open(request, timeout=LIMIT_S) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
