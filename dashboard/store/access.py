"""Who somebody is, and what a role may do."""

import getpass
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from costmodel.messages import InputError, shown

Role: TypeAlias = Literal["owner", "editor", "viewer"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)

_MOST: Final = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody at work: the provider's issuer and subject, and what to call them.

    ``email`` is the address that the provider has verified, in lower case; an address that it
    has not opens nothing.
    """

    issuer: str
    subject: str
    name: str
    email: str | None = None

    @property
    def label(self) -> str:
        """What the history calls them."""
        return (self.email or self.name or self.subject)[:_MOST]


def _login() -> str:
    with suppress(OSError, KeyError):
        return getpass.getuser()
    return "local"


#: Whoever sits at a machine that asks nobody to sign in.
LOCAL: Final = User(issuer="local", subject="local", name=_login())


def may_edit(role: Role) -> bool:
    """Save, restore and freeze."""
    return role in ("owner", "editor")


def may_share(role: Role) -> bool:
    """Say who else may read or edit, and put the deal away."""
    return role == "owner"


def checked_email(text: str) -> str:
    """An e-mail address in lower case. Raises ``InputError``."""
    email = text.strip().lower()
    name, _, host = email.partition("@")
    is_one_word = len(email.split()) == 1 and len(email) <= _MOST
    if not (is_one_word and name and "." in host.strip(".")):
        raise InputError(
            "email",
            "{value} is not an e-mail address; write one such as ana@fund.com",
            value=shown(text),
        )
    return email


def checked_role(text: str) -> Role:
    """A role by its name. Raises ``InputError``."""
    for role in ROLES:
        if role == text:
            return role
    raise InputError(
        "role",
        "{value} is no role; write one of {known}",
        value=shown(text),
        known=", ".join(ROLES),
    )
