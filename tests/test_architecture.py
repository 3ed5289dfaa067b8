"""The rules of the house, each shown to fail on a planted violation."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser import ROOT

PACKAGES = ("costmodel", "lab", "dashboard")


@pytest.fixture(scope="module")
def contracts() -> str:
    return lint_imports(ROOT)


def test_every_contract_is_kept(contracts: str) -> None:
    assert " 0 broken" in contracts, contracts


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("costmodel/planted.py", "import lab", "The strata"),
        ("lab/planted.py", "import dashboard.language", "The strata"),
        ("costmodel/workload/planted.py", "import costmodel.money", "Inside costmodel"),
        ("dashboard/charts/planted.py", "import dashboard.components", "Inside dashboard"),
        ("dashboard/planted.py", "import streamlit", "Only app, views and components"),
        ("costmodel/planted.py", "import torch", "Only lab knows torch"),
    ],
)
def test_a_planted_import_breaks_its_contract(
    tmp_path: Path, file: str, line: str, contract: str
) -> None:
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=shutil.ignore_patterns("__pycache__", "static"),
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / file).write_text(line + "\n", "utf-8")
    shown = lint_imports(tmp_path)
    rows = " ".join(shown.split("Broken contracts")[0].split())
    assert " 1 broken" in rows, shown
    broken = rows.split(" BROKEN")[0].rsplit(" KEPT ", 1)[-1]
    assert contract in broken, shown


def test_no_module_of_dashboard_hides_another() -> None:
    """Streamlit puts dashboard/ first on ``sys.path``: its names come before all others."""
    assert clashes({path.stem for path in modules(ROOT / "dashboard")}) == set()


def test_a_planted_name_is_found() -> None:
    assert clashes({"locale", "pandas", "overview"}) == {"locale", "pandas"}


def test_the_locale_folder_is_no_package() -> None:
    folder = ROOT / "dashboard" / "locale"
    assert folder.is_dir()
    assert not list(folder.rglob("*.py"))


def test_the_cost_model_imports_without_what_it_may_not_know() -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / "costmodel").rglob("*.py"))
    ]
    program = (
        "import importlib, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "print(*sorted({'torch', 'transformers', 'streamlit', 'pandas', 'scipy'}"
        " & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert len(names) > 10
    assert shown.stdout.split() == []


def modules(folder: Path) -> list[Path]:
    """The modules and packages that lie right in ``folder``."""
    packages = [p.parent for p in folder.glob("*/__init__.py")]
    return [p for p in folder.glob("*.py") if p.stem != "__init__"] + packages


def clashes(names: set[str]) -> set[str]:
    """The names that the standard library or an installed package has too."""
    installed = set(importlib.metadata.packages_distributions()) - {*PACKAGES, "tests"}
    return names & (set(sys.stdlib_module_names) | installed)


def lint_imports(folder: Path) -> str:
    """What import-linter prints for the packages in ``folder``."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    shown = subprocess.run(
        [*command, "--no-cache"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout + shown.stderr
