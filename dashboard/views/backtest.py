"""How far off the cost model is on published figures that it has not seen."""

from dashboard.components import backtesting, charts, frame
from dashboard.language import t

frame.follow_address()
frame.title(
    t("Backtest"),
    t(
        "Every published figure predicted blind, by a fit that has not seen its model: "
        "how far off, and how often the interval held."
    ),
)
backtesting.show()
charts.draw_now()
