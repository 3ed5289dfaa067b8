"""Charts: data in, a Plotly figure out; no chart computes a number of its own."""
