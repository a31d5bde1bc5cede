"""``app.py users``: who may sign in. What is heavy to import is imported by the commands that need it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from monitor.people.errors import NotAccepted, PeopleUnavailable
from monitor.people.roles import ROLES
from monitor.people.secret import Secret
from monitor.terminal import DATA, DataFolder, refuse

users = typer.Typer(help="Who may sign in: add, list, change, disable.")

TITLES: Mapping[Secret, str] = {"password": "Password", "pin": "PIN"}
Login = Annotated[str, typer.Argument(metavar="NAME", help="The name to sign in with.")]


@users.command("add")
def add_user(
    login: Login,
    name: Annotated[str, typer.Option(help="What stands in the record beside what they do.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")],
    from_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read two lines: the password, and the PIN.")
    ] = False,
    data: DataFolder = DATA,
) -> None:
    """Add a user; asks for a password and for a PIN, which signs and unlocks."""
    from monitor.people.users import Users

    with _people():
        people = Users(data)
        people.check(login, name, role)
        otherwise = "--password-stdin and two lines, the password and the PIN"
        asked: tuple[Secret, ...] = ("password", "pin")
        password, pin = _lines(2) if from_stdin else _asked_for(asked, otherwise, "nobody was added")
        people.add(login, name, role, password, pin, time.time_ns() // 1000)
    typer.echo(f"{name.strip()} can sign in as {login.strip().casefold()}, {role}")


@users.command("list")
def list_users(data: DataFolder = DATA) -> None:
    """List the users: name to sign in with, shown name, role."""
    from monitor.people.users import Users

    with _people():
        found = Users(data).list()
    for each in found:
        mark = " (disabled)" if each.disabled else " (one click, simulated rooms only)" if each.open else ""
        typer.echo(f"{each.login:<20} {each.name:<24} {each.role}{mark}")
    if not found:
        typer.echo("There are no users yet: app.py users add NAME --name SHOWN-NAME --role ROLE", err=True)


@users.command("change")
def change_user(
    login: Login,
    what: Annotated[Secret, typer.Argument(metavar="WHAT", case_sensitive=False, help="What is to be new.")],
    from_stdin: Annotated[bool, typer.Option("--stdin", help="Read it as one line.")] = False,
    data: DataFolder = DATA,
) -> None:
    """Give a user a new password or PIN; asks for it, and signs them out at every browser at once."""
    from monitor.people.users import Users

    with _people():
        people = Users(data)
        people.check_change(login)
        otherwise = f"--stdin and one line, the {TITLES[what]}"
        [to] = _lines(1) if from_stdin else _asked_for([what], otherwise, "nothing was changed")
        people.change(login, what, to)
    typer.echo(f"{TITLES[what]} changed; {login.strip().casefold()} is signed out everywhere")


@users.command("disable")
def disable_user(login: Login, data: DataFolder = DATA) -> None:
    """Take a user's sign-in away, at every browser at once."""
    from monitor.people.users import Users

    with _people():
        Users(data).disable(login)
    typer.echo(f"{login} is disabled and signed out everywhere")


@users.command("enable")
def enable_user(login: Login, data: DataFolder = DATA) -> None:
    """Let a disabled user sign in again."""
    from monitor.people.users import Users

    with _people():
        Users(data).enable(login)
    typer.echo(f"{login} can sign in again")


def _lines(count: int) -> list[str]:
    return [sys.stdin.readline().rstrip("\r\n") for _ in range(count)]


def _asked_for(secrets: Sequence[Secret], otherwise: str, undone: str) -> list[str]:
    """What a person answers, each twice. Where nobody can be asked they are told what to give ``otherwise``."""
    from monitor.people.credentials import CHECKS

    if not sys.stdin.isatty():
        refuse(f"There is no terminal to ask at: give {otherwise}.")
    answers = []
    for each in secrets:
        answer = typer.prompt(TITLES[each], hide_input=True)
        CHECKS[each](answer)
        if typer.prompt(f"{TITLES[each]} again", hide_input=True) != answer:
            refuse(f"The two answers for the {TITLES[each]} differ; {undone}.")
        answers.append(answer)
    return answers


@contextmanager
def _people() -> Iterator[None]:
    try:
        yield
    except (NotAccepted, PeopleUnavailable) as error:
        refuse(error)
