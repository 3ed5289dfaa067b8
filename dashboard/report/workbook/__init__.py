"""The live workbook of the committee memo, and what comes back of one that somebody changed."""

from dashboard.report.workbook.writing import to_xlsx

__all__ = ["to_xlsx"]
