"""From HTML to PDF. Runs in the rendering process only; WeasyPrint is imported nowhere else.

The same HTML gives the same bytes: the document's date is its invoice date and its identifier a hash of the HTML.
"""

import hashlib
import io
import logging
from collections.abc import Mapping
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from services.reports.rendering.assets import Assets

logging.getLogger("weasyprint").addHandler(logging.NullHandler())
logging.getLogger("weasyprint").propagate = False  # its warnings quote what they are about

SCHEME = "asset:"
VARIANT = "pdf/a-3u"  # for archives: it carries its fonts and colours, and its text can be read out


class ForeignAddress(Exception):
    """A page names something that is not one of our assets. Nothing was fetched, and nothing is made."""


class OurAssetsOnly(URLFetcher):  # type: ignore[misc]  # the library has no types
    """Knows the files that we hold in memory. Any other address stops the rendering: a letter is whole or not made."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=[], allow_redirects=False, fail_on_errors=True)
        self._files = files

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:  # noqa: ARG002 - the library's signature
        """The file of that name. Raises FatalURLFetchingError."""
        name = url.removeprefix(SCHEME) if url.startswith(SCHEME) else ""
        if name not in self._files:
            raise FatalURLFetchingError("not one of our assets")
        return URLFetcherResponse(url, self._files[name])


class Renderer:
    """Makes PDFs with one style sheet and one set of fonts, read once."""

    def __init__(self, assets: Assets) -> None:
        self._fetcher = OurAssetsOnly(assets.files)
        self._fonts = FontConfiguration()
        self._css = CSS(string=assets.css, url_fetcher=self._fetcher, font_config=self._fonts)

    def render(self, html: str) -> bytes:
        """The PDF of a page of ours. Raises ForeignAddress."""
        out = io.BytesIO()
        try:
            HTML(string=html, url_fetcher=self._fetcher, base_url=None).write_pdf(
                out,
                stylesheets=[self._css],
                font_config=self._fonts,
                pdf_variant=VARIANT,
                pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
            )
        except FatalURLFetchingError:  # no Exception to the library, so that nothing in it goes on without the file
            raise ForeignAddress from None
        return out.getvalue()
