"""Whether loss falls with size by a law."""

from dashboard.components import experiments

experiments.page("scaling_sweep")
