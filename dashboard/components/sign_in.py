"""Who sits before the page: signed in with the provider, or the one user of this machine."""

import os
from typing import Final

import streamlit as st

from dashboard.components.text import plain
from dashboard.language import t
from dashboard.serve import LOOPBACK, OPEN_TO_ALL
from dashboard.store.access import LOCAL, User

_MOST: Final = 320


def is_on() -> bool:
    """Whether a provider is configured."""
    return "is_logged_in" in st.user.to_dict()


def user() -> User:
    """Whoever is signed in; the local user where nobody is asked to."""
    if not is_on():
        return LOCAL
    said = st.user.to_dict()
    email = said.get("email")
    # An address that the provider has not verified could be anybody's.
    is_verified = said.get("email_verified") in (True, "true") or _trusts_addresses()
    return User(
        issuer=str(said.get("iss", "")),
        subject=str(said.get("sub", "")),
        name=str(said.get("name") or email or said.get("sub", ""))[:_MOST],
        email=str(email).strip().lower()[:_MOST] if email and is_verified else None,
    )


def _trusts_addresses() -> bool:
    """Whether the provider's file says that every address of this provider is verified."""
    section = st.secrets.get("assay", {})
    return section.get("addresses_are_verified") is True


def gate() -> None:
    """Stop the page for whoever has not signed in, and for a network that nobody guards."""
    if is_on():
        if not st.user.get("is_logged_in"):
            _ask()
            st.stop()
    elif not os.environ.get(OPEN_TO_ALL) and _is_reached_from_outside():
        st.error(
            t(
                "This app is served to a network and asks nobody to sign in, so it stays closed. "
                "Start it with a provider (assay dashboard --auth FILE), or with --without-sign-in "
                "if everybody who reaches it may read every deal."
            )
        )
        st.stop()


def who() -> None:
    """The name of whoever is signed in, and the way out."""
    if not is_on():
        return
    with st.popover(plain(user().label)):
        st.caption(plain(user().name))
        st.button(t("Sign out"), key="sign_out", on_click=st.logout)


def _ask() -> None:
    st.title("Assay", anchor=False)
    st.caption(
        t("Due diligence for large-model startups: claims computed, measured or documented.")
    )
    st.write(t("Deals are for the people who work on them; sign in to see yours."))
    st.button(t("Sign in"), key="sign_in", on_click=st.login)


def _is_reached_from_outside() -> bool:
    """Whether the server listens to a network, or the browser asked for another machine's name,
    as it does behind a proxy.
    """
    if st.get_option("server.address") not in LOOPBACK:
        return True
    host = str(st.context.headers.get("Host") or "localhost")
    name = host.rsplit(":", 1)[0] if host.rpartition(":")[2].isdigit() else host
    return name not in LOOPBACK
