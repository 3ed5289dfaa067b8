"""Typst with the fonts that ship, and none of the machine's."""

from functools import cache

import typst

from dashboard.report import fonts


@cache
def shipped_fonts() -> typst.Fonts:
    """The fonts of the reports."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(fonts.folder())],
    )
