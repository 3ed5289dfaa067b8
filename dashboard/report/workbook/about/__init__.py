"""The sheets about the workbook: its cover, its sources, its history and its checks."""
