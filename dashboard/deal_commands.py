"""``assay deals``: the store on the command line.

Whoever holds the database's address may act as any of its people (``--user``); without it,
as the person at this machine.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costmodel.messages import InputError
from dashboard.language import moment, normalise, t, use_language

if TYPE_CHECKING:
    from dashboard.store.access import User
    from dashboard.store.store import Store

commands = typer.Typer(
    name="deals",
    help="Stored deals: list, show, import, export, share, back up and restore.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Lang = Annotated[str, typer.Option("--lang", help="en or zh.")]
Who = Annotated[str, typer.Option("--user", help="Act as the person of this e-mail address.")]
DealId = Annotated[
    str, typer.Argument(metavar="DEAL", help="The id that `assay deals list` shows.")
]
Number = Annotated[int | None, typer.Option("--version", min=1, help="Else the latest version.")]


@commands.command(name="list")
def list_deals(
    *,
    archived: Annotated[bool, typer.Option(help="Those that were put away.")] = False,
    user: Who = "",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """The deals that one may read, the latest changed first."""
    store, person = _open(user, lang)
    found = store.listed(person, archived=archived)
    if as_json:
        _json({"deals": [_listed_json(one) for one in found]})
        return
    if not found:
        typer.echo(t("There is no stored deal; 'assay deals import FILE' makes one."))
    for one in found:
        said = t(
            "version {number}, {when}, {who}",
            number=one.head,
            when=moment(one.changed_at),
            who=one.author,
        )
        typer.echo(f"{one.deal_id}  {one.name}  ({said})")


@commands.command()
def show(deal: DealId, *, user: Who = "", lang: Lang = "", as_json: Json = False) -> None:
    """A deal's versions, people and audit trail."""
    store, person = _open(user, lang)
    found = store.load(deal, user=person)
    versions = store.history(deal, user=person)
    trail = store.audit(deal, user=person)
    people = store.members(deal, user=person)
    if as_json:
        _json(
            {
                "id": found.deal_id,
                "name": found.deal.name,
                "role": found.role,
                "versions": [_version_json(one) for one in versions],
                "members": [{"email": m.email, "name": m.name, "role": m.role} for m in people],
                "audit": [
                    {
                        "number": e.number,
                        "at": e.at.isoformat(),
                        "author": e.author,
                        "action": e.action,
                        "detail": dict(e.detail),
                    }
                    for e in trail
                ],
            }
        )
        return
    typer.echo(f"{found.deal.name}  ({found.deal_id})")
    for one in versions:
        frozen = f"  [{t('frozen')}]" if one.frozen_at else ""
        typer.echo(f"  {one.number:>4}  {moment(one.at)}  {one.author}  {one.why}{frozen}")
    for member in people:
        typer.echo(f"  {member.role:<7} {member.email or member.name}")


@commands.command(name="import")
def import_files(
    files: Annotated[list[Path], typer.Argument(help="Deal files (YAML).")],
    *,
    user: Who = "",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Store deal files: all of them, or none where one is refused."""
    store, person = _open(user, lang)
    from dashboard.store import files as deal_files
    from dashboard.store.records import New

    read = []
    for path in files:
        try:
            read.append((path, *deal_files.read(path)))
        except InputError as error:
            raise InputError(
                error.field,
                "{path}: {problem}; nothing was imported",
                path=str(path),
                problem=error.message,
            ) from None
    new = [
        New(deal=deal, why=t("from {file}", file=path.name), source=source)
        for path, deal, source in read
    ]
    made = []
    for (path, deal, source), stored in zip(read, store.create_all(new, user=person), strict=True):
        made.append({"file": str(path), "id": stored.deal_id, "name": deal.name})
        if not as_json:
            typer.echo(f"{stored.deal_id}  {deal.name}")
        if source is None:
            note = t(
                "{file}: the architecture of its config.json is written into the deal.",
                file=path.name,
            )
            typer.echo(note, err=True)
    if as_json:
        _json({"imported": made})


@commands.command()
def export(
    deal: DealId,
    *,
    out: Annotated[Path | None, typer.Option(help="The file to write; else it is printed.")] = None,
    version: Number = None,
    user: Who = "",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """A deal as a deal file, the same bytes that were imported or written at each export."""
    store, person = _open(user, lang)
    from dashboard.store import files as deal_files

    content = deal_files.content_of(store, deal, user=person, number=version)
    if out is None:
        if as_json:
            raise InputError("--json", "goes with --out; the deal itself is printed without it")
        typer.echo(content, nl=False)
        return
    _write(out, content)
    if as_json:
        _json(
            {"path": str(out), "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        )
    else:
        typer.echo(str(out))


@commands.command()
def share(
    deal: DealId,
    email: Annotated[str, typer.Argument(help="Whom to give a role.")],
    role: Annotated[str, typer.Argument(help="owner, editor or viewer.")],
    *,
    user: Who = "",
    lang: Lang = "",
) -> None:
    """Give somebody a role in a deal, before or after they first sign in."""
    store, person = _open(user, lang)
    store.share(deal, email, role, user=person)


@commands.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    *,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Everything in one file, while others go on working."""
    store, _ = _open("", lang)
    from dashboard.store import backup as backups

    found = backups.write(store.engine, file)
    backups.read(file)
    _backup_said(file, found, as_json=as_json)


@commands.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    *,
    replace: Annotated[
        bool,
        typer.Option(help="In the place of the deals that are there; they are backed up first."),
    ] = False,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Put a backup back, every hash checked; a damaged one changes nothing."""
    _speak(lang)
    from dashboard.store import backup as backups
    from dashboard.store.store import open_store

    backups.read(file)  # before a database is made for it
    store = open_store()
    if replace and not backups.is_empty(store.engine):
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        before = file.with_name(f"before-restore-{stamp}.zip")
        backups.write(store.engine, before)
        typer.echo(t("What was there is in {path}.", path=str(before)), err=True)
    _backup_said(file, backups.restore(store.engine, file, replace=replace), as_json=as_json)


def _backup_said(file: Path, found: Any, *, as_json: bool) -> None:
    if as_json:
        content = file.read_bytes()
        _json(
            {
                "path": str(file),
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "deals": found.n_deals,
                "versions": found.n_versions,
                "made_at": found.made_at.isoformat(),
            }
        )
        return
    typer.echo(
        t(
            "{path}: {deals} deals in {versions} versions, as of {when}",
            path=str(file),
            deals=found.n_deals,
            versions=found.n_versions,
            when=moment(found.made_at),
        )
    )


def _open(email: str, lang: str) -> "tuple[Store, User]":
    _speak(lang)
    from dashboard.store.access import LOCAL
    from dashboard.store.store import open_store

    store = open_store()
    return store, store.person(email) if email else LOCAL


def _write(path: Path, content: bytes) -> None:
    """All of it, or nothing."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(
            "--out",
            "{path} cannot be written ({reason}); choose another place",
            path=str(path),
            reason=(error.strerror or "unknown").lower(),
        ) from None


def _listed_json(one: Any) -> dict[str, Any]:
    return {
        "id": one.deal_id,
        "name": one.name,
        "version": one.head,
        "changed_at": one.changed_at.isoformat(),
        "author": one.author,
        "role": one.role,
    }


def _version_json(one: Any) -> dict[str, Any]:
    return {
        "number": one.number,
        "at": one.at.isoformat(),
        "author": one.author,
        "why": one.why,
        "sha256": one.sha256,
        "restores": one.came_from,
        "frozen_at": one.frozen_at.isoformat() if one.frozen_at else None,
        "frozen_by": one.frozen_by,
    }


def _json(found: Mapping[str, Any]) -> None:
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2, allow_nan=False))


def _speak(lang: str) -> None:
    if lang:
        use_language(normalise(lang))
