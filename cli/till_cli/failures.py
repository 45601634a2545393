"""What can go wrong, and how the command ends then: 2 is a mistake in the command line, which typer finds."""

from __future__ import annotations

from collections.abc import Sequence

type Problem = dict[str, str | None]


class Failure(Exception):
    """Something that is told in a sentence instead of a traceback."""

    exit_code = 1

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.problems: Sequence[Problem] = [{"code": "failed", "message": message, "field": field}]


class Refused(Failure):
    """The merchant API said no, and why."""

    def __init__(self, status: int, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].get("message") or f"The answer was {status}.")
        self.status, self.problems = status, problems


class NotLetIn(Refused):
    """The token is not known there, or may not do this."""

    exit_code = 3


class NotLoggedIn(Failure):
    """Nobody said where the shop is."""

    exit_code = 3


class NotReached(Failure):
    """No answer, or one to try again later: nobody knows yet what came of it."""

    exit_code = 4
