"""Starts the web app in the place of this process, and says who may reach it."""

import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from costmodel.messages import InputError

APP: Final = Path(__file__).with_name("app.py")
#: Set for an app that may be served to a network without asking anybody to sign in.
OPEN_TO_ALL: Final = "ASSAY_WITHOUT_SIGN_IN"
#: Addresses that only this machine reaches.
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
_KEYS: Final = ("client_id", "client_secret", "server_metadata_url")
#: A shorter secret could be guessed, and with it anybody's session.
_SHORTEST_SECRET: Final = 32


def serve(
    *,
    port: int,
    address: str = "localhost",
    auth: Path | None = None,
    without_sign_in: bool = False,
) -> NoReturn:
    """Become the server of the app, so that every signal reaches it.

    It reads its settings from ``.streamlit/config.toml`` beside the app, wherever the
    command was started; ``-P`` keeps that folder's modules out of the app. ``auth`` is the
    file that names the OpenID Connect provider. Raises ``InputError`` where a network could
    reach an app that asks nobody to sign in, unless told so.
    """
    where = [f"--server.port={port}", f"--server.address={address}"]
    if auth is not None:
        check_auth(auth)
        where.append(f"--secrets.files={auth.resolve()}")
    elif address not in LOOPBACK and not without_sign_in:
        raise InputError(
            "--address",
            "{address} can be reached over the network, and nobody is asked to sign in; name the "
            "provider's file with --auth, or add --without-sign-in if everybody who reaches this "
            "address may read every deal",
            address=address,
        )
    if without_sign_in:
        os.environ[OPEN_TO_ALL] = "1"
    command = [sys.executable, "-P", "-m", "streamlit", "run", str(APP), *where]
    os.execv(sys.executable, command)


def check_auth(path: Path) -> None:
    """Raise ``InputError`` for a file that does not name a provider as Streamlit needs it."""
    try:
        found: Mapping[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(
            "--auth",
            "{path} cannot be read ({reason}); give the path of the provider's file",
            path=str(path),
            reason=(error.strerror or "unknown").lower(),
        ) from None
    except ValueError:
        raise InputError("--auth", "{path} is not valid TOML", path=str(path)) from None
    auth = found.get("auth")
    given: Mapping[str, Any] = auth if isinstance(auth, dict) else {}
    for key in ("redirect_uri", "cookie_secret", *_KEYS):
        if not isinstance(given.get(key), str) or not given[key]:
            raise InputError(
                f"auth.{key}",
                "{path} lacks it; the page on sign-in shows a whole file",
                path=str(path),
            )
    if len(given["cookie_secret"]) < _SHORTEST_SECRET:
        raise InputError(
            "auth.cookie_secret",
            "it is shorter than {n} characters; make a random one",
            n=_SHORTEST_SECRET,
        )
