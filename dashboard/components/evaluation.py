"""One evaluation of the deal at hand, shared by every page and kept between clicks."""

import streamlit as st

from dashboard import findings
from dashboard.deal import Deal
from dashboard.findings import Evaluation
from dashboard.language import current


@st.cache_resource(max_entries=64, show_spinner=False)
def _evaluated(deal_json: str, language: str) -> Evaluation:
    return findings.evaluate(Deal.model_validate_json(deal_json), language=language)


def evaluate(deal: Deal) -> Evaluation:
    """What Assay makes of ``deal``. Raises ``InputError``."""
    return _evaluated(deal.model_dump_json(), current())
