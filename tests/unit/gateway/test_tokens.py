"""Contrast of every pair of colours in use, by WCAG 2.2, in both themes, from the one table of tokens."""

import re

import pytest

from tests.unit.gateway.sample_pages import TEMPLATES

_TABLE = (TEMPLATES.parent / "assets" / "css" / "_tokens.scss").read_text("utf-8")
TOKENS = {name: pair for name, *pair in re.findall(r'"(\w+)": \((#\w{6}), (#\w{6})\)', _TABLE)}
TEXT = """ink/surface ink/paper ink2/surface ink2/sunken ink3/surface ink3/paper ink3/sunken ink3/brandtint
    link/surface link/brandtint brandink/brand brandink/brandhover bandink2/band bandink/band surface/ink
    mustink/must ink/must2 err/surface err/errbg err/paper ok/okbg warn/warnbg info/infobg neutral/neutralbg
    brick/brickbg plum/plumbg ink/neutralbg"""
SHAPES = """brand/surface control/surface control/paper focus/surface focus/paper focusband/band mustline/must
    mustline/surface errline/surface c1/surface c2/surface c3/surface c4/surface c5/surface c6/surface
    s1/surface s2/surface s3/surface s4/surface s5/surface"""


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1."""
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("pair", "least"), [*((p, 4.5) for p in TEXT.split()), *((p, 3.0) for p in SHAPES.split())])
def test_the_pair_is_told_apart(pair: str, least: float, theme: int) -> None:
    front, back = pair.split("/")
    assert contrast(TOKENS[front][theme], TOKENS[back][theme]) >= least
