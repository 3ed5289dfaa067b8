"""A sweep of tiny models from end to end."""

from pathlib import Path

from lab.experiments import scaling_sweep
from lab.experiments.registry import EXPERIMENTS
from tests.lab import small
from tests.lab.experiments.reports import reporting


def test_a_tiny_sweep_foretells_its_largest_size(tmp_path: Path) -> None:
    options = EXPERIMENTS["scaling_sweep"].read(
        {
            "widths": [8, 12, 16, 24, 32],
            "n_layers": 1,
            "tokens": 10_000,
            "batch_size": 8,
            "context_tokens": 16,
            "learning_rates": [0.003, 0.01],
            "data": str(small.text_file(tmp_path)),
        }
    )
    with reporting("scaling_sweep") as report:
        result = scaling_sweep.run(options, report)
    rows = result["rows"]
    assert [row["params"] for row in rows] == [12 * w**2 for w in (8, 12, 16, 24, 32)]
    assert all(row["loss"]["value"] <= row["other_loss"] for row in rows)
    assert rows[-1]["predicted"]["low"] < rows[-1]["predicted"]["high"]
    assert all("predicted" not in row for row in rows[:-1])
    assert result["fit"]["curve"][0]["params"] == rows[0]["params"] or result["fit"]["curve"]
    assert len(result["for_deal"]) == 3
