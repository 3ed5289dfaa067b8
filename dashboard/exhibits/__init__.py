"""A deal's charts: what was computed of it in, a Plotly figure out, for pages and reports alike."""
