"""What is lost when the data stay with many clients."""

from dashboard.components import experiments

experiments.page("federated")
