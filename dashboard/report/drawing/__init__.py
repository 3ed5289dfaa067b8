"""Figures as vector graphics: what Plotly draws on screen, drawn for paper without a browser."""
