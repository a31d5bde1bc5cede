"""``app.py users``: who may sign in. What is heavy to import is imported by the commands that need it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from monitor.people.errors import NotAccepted, PeopleUnavailable
from monitor.people.roles import ROLES
from monitor.terminal import DATA, DataFolder, refuse

users = typer.Typer(help="Who may sign in: add, list, disable.")

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
        password, pin = _two_lines() if from_stdin else _asked_for()
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


def _two_lines() -> tuple[str, str]:
    password, pin = (sys.stdin.readline().rstrip("\r\n") for _ in range(2))
    return password, pin


def _asked_for() -> tuple[str, str]:
    from monitor.people.credentials import check_password, check_pin

    if not sys.stdin.isatty():
        refuse("There is no terminal to ask at: give --password-stdin and two lines, the password and the PIN.")
    answers = []
    for what, check in (("Password", check_password), ("PIN", check_pin)):
        answer = typer.prompt(what, hide_input=True)
        check(answer)
        if typer.prompt(f"{what} again", hide_input=True) != answer:
            refuse(f"The two answers for the {what} differ; nobody was added.")
        answers.append(answer)
    password, pin = answers
    return password, pin


@contextmanager
def _people() -> Iterator[None]:
    try:
        yield
    except (NotAccepted, PeopleUnavailable) as error:
        refuse(error)
