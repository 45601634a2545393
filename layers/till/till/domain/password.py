"""Passwords, kept as scrypt digests with a salt each. The parameters stand in the stored value, so that they can grow.

Stored as `scrypt$log2 n$r$p$salt$digest`, salt and digest in base64.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from till.domain.errors import Invalid

SHORTEST, LONGEST = 8, 256
SALT_BYTES = 16
# 16 MB, and a fifth of a second of a processor (x86_64, measured): one of the choices that OWASP names.
_LOG_N, _R, _P = 14, 8, 5
_DIGEST_BYTES = 32
# Of nobody: where there is no password, a wrong one takes as long to be refused.
_NOBODYS = f"scrypt${_LOG_N}${_R}${_P}${'A' * 22}==${'A' * 43}="


def hashed(password: str, salt: bytes, field: str = "password") -> str:
    """What is stored of a password. Raises `Invalid`, naming the field, unless it has 8 to 256 characters."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(f"A password has {SHORTEST} to {LONGEST} characters.", field)
    digest = _digest(password, salt, _LOG_N, _R, _P)
    return "$".join(("scrypt", str(_LOG_N), str(_R), str(_P), _text(salt), _text(digest)))


def matches(password: str, stored: str) -> bool:
    """Is it the password that was stored? Nothing stored takes as long as a wrong password."""
    _, log_n, r, p, salt, digest = (stored or _NOBODYS).split("$")
    # A longer one was never stored, and is no work for us.
    given = _digest(password[:LONGEST], base64.b64decode(salt), int(log_n), int(r), int(p))
    return hmac.compare_digest(given, base64.b64decode(digest)) and bool(stored) and len(password) <= LONGEST


def _digest(password: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    secret = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=1 << log_n, r=r, p=p, dklen=_DIGEST_BYTES)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
