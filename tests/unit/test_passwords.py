"""Passwords: only a digest is kept, and nothing but the password matches it."""

from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest

from till.domain.errors import Invalid
from till.domain.password import LONGEST, hashed, matches

SALT = b"0123456789abcdef"


def test_a_password_matches_its_digest_and_nothing_else_does() -> None:
    stored = hashed("correct horse", SALT)
    assert "correct" not in stored
    assert matches("correct horse", stored)
    for wrong in ("", "correct hors", "correct horse ", "Correct horse", "x" * 100_000, "\ud800"):
        assert not matches(wrong, stored)


def test_the_same_password_is_stored_differently_under_another_salt() -> None:
    assert hashed("correct horse", SALT) != hashed("correct horse", SALT[::-1])


def test_a_digest_says_how_it_was_made_so_that_older_ones_still_count() -> None:
    digest = hashlib.scrypt(b"correct horse", salt=SALT, n=16, r=8, p=1, dklen=32)
    older = f"scrypt$4$8$1${b64encode(SALT).decode()}${b64encode(digest).decode()}"
    assert matches("correct horse", older)
    assert not matches("correct hors", older)
    kind, log_n, r, p, salt, kept = hashed("correct horse", SALT).split("$")
    assert (kind, int(log_n), int(r), int(p)) == ("scrypt", 14, 8, 5)
    assert (len(salt), len(kept)) == (24, 44)


def test_who_has_no_password_is_matched_by_none() -> None:
    assert not matches("", "")
    assert not matches("anything at all", "")


@pytest.mark.parametrize("password", ["", "1234567", "x" * (LONGEST + 1)])
def test_a_password_has_eight_to_256_characters(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        hashed(password, SALT)
    assert refused.value.problems[0].field == "password"


def test_a_password_may_be_long_and_of_any_alphabet() -> None:
    for password in ("密码密码密码密码", "x" * LONGEST, "\U0001f600" * 8):
        assert matches(password, hashed(password, SALT))
