"""A spreadsheet with one deal a row: read, shown as what was understood, and made into deals.

``read`` takes the bytes of a CSV or XLSX file, ``understand`` says what each column and cell
was taken for. Nothing is guessed in silence: what is not clear is a problem with its cell.
"""

from dashboard.spreadsheet.preview import Column, Preview, Problem, Row
from dashboard.spreadsheet.reading import read
from dashboard.spreadsheet.sheet import Sheet
from dashboard.spreadsheet.understanding import understand

__all__ = ["Column", "Preview", "Problem", "Row", "Sheet", "read", "understand"]
