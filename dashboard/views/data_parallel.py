"""How much of each further process becomes speed."""

from dashboard.components import experiments

experiments.page("data_parallel")
