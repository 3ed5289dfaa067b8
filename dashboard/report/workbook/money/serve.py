"""The sheet of the service: dollars of a token, the fleet, and the price for a margin."""

from typing import Final

from costmodel.money import serving_margin
from costmodel.uncertainty import Percentiles
from dashboard.language import say, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.cells import unit_words
from dashboard.report.workbook.money import table
from dashboard.report.workbook.money.table import Figure
from dashboard.report.workbook.subject import Served, Subject
from dashboard.serving import MARGINS

SHEET: Final = "Serving"


def write(book: Book, subject: Subject) -> None:
    """The service in the middle of its assumptions, by formula."""
    page, served = book.pages[SHEET], subject.served
    if served is None:
        page.title(t("Serving"), say(subject.why["serving"]))
        return
    row = page.title(
        t("Serving"),
        t(
            "The deal's model at the usual load on its own accelerator. The replica, its batch and "
            "its times are found by the cost model and stand on the sheet of inputs."
        ),
        table.frozen_note(),
    )
    table.heads(page, row)
    page.frame(row, 1)
    page.one_page = True
    row = table.write(page, row + 1, _work(served))
    if served.estimate.usd_per_request is None:
        page.note(row + 1, t("The accelerator has no price, so that no dollars are computed."))
        return
    row = table.write(page, row, _dollars(served, subject.case.basis.serving_usd_per_million))
    _asking(page, row + 1, served)


def _work(served: Served) -> list[Figure]:
    estimate, fleet = served.estimate, served.fleet
    return [
        Figure(
            name="serving_utilization",
            label=t("Mean use of the fleet"),
            unit="fraction",
            formula="=mean_over_peak/headroom",
            value=float(estimate.utilization),
            how=t("mean over peak traffic ÷ headroom"),
        ),
        Figure(
            name="requests_per_s",
            label=t("Requests a second of one replica"),
            unit="per_second",
            formula="=1/(prefill_s+output_tokens*token_s/batch)",
            value=float(estimate.requests_per_s),
            how=t("1 ÷ (seconds to read + tokens written × seconds of a token ÷ batch)"),
        ),
        Figure(
            name="fleet_replicas",
            label=t("Replicas for the traffic"),
            unit="count",
            formula=(
                "=MAX(-INT(-(requests_per_day/seconds_per_day/serving_utilization"
                "/requests_per_s)),1)"
            ),
            value=float(fleet.n_replicas),
            how=t("requests a second at the peak ÷ requests a second of one replica, rounded up"),
        ),
        Figure(
            name="fleet_accelerators",
            label=t("Accelerators of the fleet"),
            unit="count",
            formula="=fleet_replicas*replica_accelerators",
            value=float(fleet.n_accelerators),
        ),
    ]


def _dollars(served: Served, drawn: object) -> list[Figure]:
    estimate, fleet = served.estimate, served.fleet
    input_usd, output_usd = estimate.input_usd_per_million, estimate.output_usd_per_million
    request, per_million, day = (
        estimate.usd_per_request, estimate.usd_per_million, fleet.usd_per_day,
    )  # fmt: skip
    assert None not in (input_usd, output_usd, request, per_million, day)
    per_s = (
        "replica_accelerators*usd_per_gpu_hour/seconds_per_hour*(1+overhead_share)"
        "/serving_utilization"
    )
    return [
        Figure(
            name="input_usd_per_million",
            label=t("Cost of a million tokens read"),
            unit="usd_per_million_tokens",
            formula=f"={per_s}*prefill_s/input_tokens*tokens_per_million",
            value=_number(input_usd),
        ),
        Figure(
            name="output_usd_per_million",
            label=t("Cost of a million tokens written"),
            unit="usd_per_million_tokens",
            formula=f"={per_s}*token_s/batch*tokens_per_million",
            value=_number(output_usd),
        ),
        Figure(
            name="usd_per_request",
            label=t("Cost of a request"),
            unit="usd",
            formula=(
                "=(input_tokens*input_usd_per_million+output_tokens*output_usd_per_million)"
                "/tokens_per_million"
            ),
            value=_number(request),
        ),
        Figure(
            name="served_usd_per_million",
            label=t("Cost of a million tokens, read and written"),
            unit="usd_per_million_tokens",
            formula="=usd_per_request/(input_tokens+output_tokens)*tokens_per_million",
            value=_number(per_million),
            drawn=drawn if isinstance(drawn, Percentiles) else None,
            how=t("accelerator-hours × rent × (1 + overhead) ÷ mean use, over the tokens"),
            key=True,
        ),
        Figure(
            name="fleet_usd_per_month",
            label=t("Bill of the fleet, a month"),
            unit="usd_per_month",
            formula=(
                "=fleet_accelerators*hours_per_day*usd_per_gpu_hour*(1+overhead_share)"
                "*days_per_month"
            ),
            value=_number(fleet.usd_per_month),
            how=t("rented around the clock, idle time included"),
            key=True,
        ),
        Figure(
            name="fleet_usd_per_request",
            label=t("Cost of a request, idle time included"),
            unit="usd",
            formula="=fleet_usd_per_month/days_per_month/requests_per_day",
            value=_number(fleet.usd_per_request),
        ),
    ]


def _asking(page: Page, row: int, served: Served) -> None:
    """The price of a million tokens that leaves each gross margin, the fleet's bill paid."""
    page.text(row, 0, t("Price of a million tokens that leaves a gross margin"), "group")
    page.heads(row + 1, [t("Gross margin"), t("Price"), t("Unit")], numbers=(0, 1))
    row += 2
    for margin in MARGINS:
        asked = serving_margin.price_for_margin(served.estimate, margin, fleet=served.fleet)
        page.value(row, 0, margin, "fraction", "input")
        page.formula(
            row,
            1,
            f"=fleet_usd_per_request/(1-$A{row + 1})/(input_tokens+output_tokens)"
            "*tokens_per_million",
            _number(asked),
            "usd_per_million_tokens",
        )
        page.text(row, 2, unit_words("usd_per_million_tokens"), "label")
        row += 1


def _number(value: object) -> float:
    assert value is not None
    return float(value)  # type: ignore[arg-type]
