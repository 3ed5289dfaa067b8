"""LibreOffice at the service of the tests: one file in, another out, with a profile of its own."""

import os
import subprocess
from pathlib import Path
from typing import Final

_MOST_S: Final = 120
#: A machine on which no font but those of the programs themselves is installed.
_BARE_FONTS: Final = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""


def converted(path: Path, to: str, folder: Path, *, without_fonts: bool = False) -> Path:
    """The file in another format, written into ``folder``."""
    environment = dict(os.environ)
    if without_fonts:
        bare = folder / "no-fonts"
        bare.mkdir(exist_ok=True)
        (bare / "fonts.conf").write_text(_BARE_FONTS.format(folder=bare), "utf-8")
        environment["FONTCONFIG_FILE"] = str(bare / "fonts.conf")
    out = folder / "out"
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{folder}/profile",
            "--headless",
            "--convert-to",
            to,
            "--outdir",
            out,
            path,
        ],
        env=environment,
        capture_output=True,
        check=True,
        timeout=_MOST_S,
    )
    made = out / f"{path.stem}.{to}"
    assert made.is_file(), path
    return made
