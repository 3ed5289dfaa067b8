"""A real OpenID Connect provider on this machine, and an app whose users sign in with it."""

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser import ASSAY, free_port, running

_AUTH = """\
[auth]
redirect_uri = "http://localhost:{app}/oauth2callback"
cookie_secret = "{secret}"
client_id = "assay"
client_secret = "{client}"
server_metadata_url = "http://localhost:{provider}/.well-known/openid-configuration"
"""


@contextmanager
def running_provider(users: Mapping[str, Mapping[str, Any]]) -> Iterator[int]:
    """The provider with these people (claims by subject); yields its port."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    for subject, claims in users.items():
        command += ["--user-claims", json.dumps({"sub": subject, **claims})]
    with running(command, port, health="/.well-known/openid-configuration"):
        yield port


def auth_file(folder: Path, *, app: int, provider: int) -> Path:
    """The file that names the provider, as ``assay dashboard --auth`` takes it."""
    path = folder / "auth.toml"
    secret, client = secrets.token_hex(32), secrets.token_hex(8)
    path.write_text(_AUTH.format(app=app, provider=provider, secret=secret, client=client))
    return path


@contextmanager
def running_with_sign_in(folder: Path, *, provider: int) -> Iterator[str]:
    """``assay dashboard`` as a team runs it; yields its address."""
    port = free_port()
    auth = auth_file(folder, app=port, provider=provider)
    command = [ASSAY, "dashboard", "--port", str(port), "--address", "0.0.0.0"]
    with running([*command, "--auth", str(auth)], port) as url:
        yield url


def serving_refused(*options: str) -> str:
    """What ``assay dashboard`` says when it refuses to start."""
    command = [ASSAY, "dashboard", "--port", str(free_port()), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    return done.stderr.strip()
