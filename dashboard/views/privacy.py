"""What a promise of privacy costs."""

from dashboard.components import experiments

experiments.page("privacy")
