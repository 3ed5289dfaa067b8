"""The audit trail as sentences, for the page and for reports."""

from typing import Final

from dashboard.language import N_, t
from dashboard.store.records import Entry

ROLE_NAMES: Final = {"owner": N_("owner"), "editor": N_("editor"), "viewer": N_("viewer")}
_ACTIONS: Final = {
    "create": N_("made the deal {name}"),
    "save": N_("saved version {version}"),
    "freeze": N_("froze version {version}"),
    "share": N_("gave {email} the role {role}"),
    "unshare": N_("took the role {role} from {email}"),
    "archive": N_("put the deal away"),
    "unarchive": N_("took the deal back"),
}


def entry_words(entry: Entry) -> str:
    """What an entry tells that somebody did."""
    said = dict(entry.detail)
    if "role" in said:
        said["role"] = t(ROLE_NAMES[said["role"]])
    words = [t(_ACTIONS[entry.action], **said)]
    if "restores" in said:
        words.append(t("restores version {number}", number=said["restores"]))
    return "; ".join(words)
