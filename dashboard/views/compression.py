"""What compression does to a model: size, speed, accuracy."""

from dashboard.components import experiments

experiments.page("compression")
