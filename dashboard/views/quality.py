"""The same model on raw and on cleaned data."""

from dashboard.components import experiments

experiments.page("quality")
