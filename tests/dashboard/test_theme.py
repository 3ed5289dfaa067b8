import itertools
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit
from fontTools.ttLib import TTFont
from numpy.typing import NDArray

import dashboard
from tests.messages import read

FOLDER = Path(dashboard.__file__).parent
CONFIG = tomllib.loads((FOLDER / ".streamlit" / "config.toml").read_text("utf-8"))
THEMES = ("light", "dark")

#: How a colour looks with one kind of cone missing, on linear RGB. Machado, Oliveira and
#: Fernandes 2009, severity 1.0.
SIGHT: dict[str, list[list[float]]] = {
    "full": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def theme(name: str) -> dict[str, Any]:
    """The colours of a theme."""
    colours: dict[str, Any] = CONFIG["theme"][name]
    return colours


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(
    ("ink", "paper", "least"),
    [
        ("textColor", "backgroundColor", 7.0),
        ("textColor", "secondaryBackgroundColor", 7.0),
        ("linkColor", "backgroundColor", 4.5),
        ("linkColor", "secondaryBackgroundColor", 4.5),
        ("codeTextColor", "codeBackgroundColor", 4.5),
        ("primaryColor", "backgroundColor", 4.5),
        *((f"{c}Color", "backgroundColor", 4.5) for c in ("red", "green", "orange", "blue")),
    ],
)
def test_contrast_is_aa(name: str, ink: str, paper: str, least: float) -> None:
    assert contrast(theme(name)[ink], theme(name)[paper]) >= least


@pytest.mark.parametrize("name", THEMES)
def test_a_chosen_segment_reads_on_its_tint(name: str) -> None:
    primary, paper = (linear(theme(name)[c]) for c in ("primaryColor", "backgroundColor"))
    tint = 0.1 * encoded(primary) + 0.9 * encoded(paper)
    assert contrast(theme(name)["primaryColor"], hex_of(tint)) >= 4.5


def test_no_button_is_written_in_white_on_the_primary_colour() -> None:
    """It would read in the light theme alone: see the note in config.toml."""
    files = [path for path in FOLDER.rglob("*.py") if 'type="primary"' in path.read_text("utf-8")]
    assert files == []


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("sight", SIGHT)
def test_ten_chart_colours_stay_apart_for_every_sight(name: str, sight: str) -> None:
    colours = theme(name)["chartCategoricalColors"]
    assert len(set(colours)) == len(colours) == 10  # Plotly gets "undefined" for any other count
    seen = [lab(np.array(SIGHT[sight]) @ linear(c)) for c in colours]
    assert min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2)) > 20
    assert all(contrast(c, theme(name)["backgroundColor"]) >= 3 for c in colours)


def test_every_character_of_the_catalogue_has_a_glyph() -> None:
    latin = TTFont(next(Path(streamlit.__file__).parent.rglob("SourceSansVF-Upright*.woff2")))
    said = set("".join(read().values())) | set("⁰¹²³⁴⁵⁶⁷⁸⁹⁻×–…₂∞· 万亿吨千克天美元小时")
    for face in CONFIG["theme"]["fontFaces"]:
        chinese = TTFont(FOLDER / "static" / Path(face["url"]).name)
        served = [range_of(part) for part in face["unicodeRange"].split(", ")]
        missing = [
            c
            for c in sorted(said - {"\n"})
            if ord(c) not in (chinese if any(ord(c) in r for r in served) else latin).getBestCmap()
        ]
        assert missing == [], face["url"]


def test_the_fonts_come_with_their_licence_and_stay_small() -> None:
    fonts = list((FOLDER / "static").glob("*.woff2"))
    assert fonts
    assert sum(font.stat().st_size for font in fonts) < 3.5e6
    assert "SIL OPEN FONT LICENSE" in (FOLDER / "static" / "OFL.txt").read_text("utf-8")


def test_the_settings_hold_from_any_folder(tmp_path: Path) -> None:
    program = (
        "import sys, streamlit.config as c; c._main_script_path = sys.argv[1]; "
        "print(c.get_option('browser.gatherUsageStats'), c.get_option('server.maxUploadSize'), "
        "c.get_option('client.showErrorDetails'), c.get_option('theme.light.primaryColor'))"
    )
    clean = {k: v for k, v in os.environ.items() if not k.startswith("STREAMLIT_")}
    shown = subprocess.run(
        [sys.executable, "-c", program, FOLDER / "app.py"],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        text=True,
        check=True,
    )
    upload = str(CONFIG["server"]["maxUploadSize"])
    assert shown.stdout.split() == ["False", upload, "none", theme("light")["primaryColor"]]


def range_of(part: str) -> range:
    """The code points of a CSS range such as ``U+4E00-9FFF``."""
    first, last = part.removeprefix("U+").split("-")
    return range(int(first, 16), int(last, 16) + 1)


def linear(colour: str) -> NDArray[np.float64]:
    """Linear RGB of ``#rrggbb``."""
    value = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear_rgb: NDArray[np.float64] = np.where(
        value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4
    )
    return linear_rgb


def encoded(linear_rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a browser mixes: sRGB of linear RGB."""
    rgb: NDArray[np.float64] = np.where(
        linear_rgb <= 0.0031308, 12.92 * linear_rgb, 1.055 * linear_rgb ** (1 / 2.4) - 0.055
    )
    return rgb


def hex_of(rgb: NDArray[np.float64]) -> str:
    """``#rrggbb`` of sRGB from 0 to 1."""
    return "#" + "".join(f"{round(float(c) * 255):02x}" for c in rgb)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2: 1 to 21."""
    dark, light = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(linear_rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE L*a*b* (D65) of linear RGB, where distance is difference as seen."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ np.clip(linear_rgb, 0, 1) / [0.95047, 1, 1.08883]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
