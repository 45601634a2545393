"""Where the shop is, and by which token: the environment, else `till login`, else the stack that runs in this folder.

A URL and a token are always of one source, so that no token is ever sent to somebody else's address.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from till_cli.failures import Failure, NotLoggedIn

LOOPBACK = ("127.0.0.1", "localhost", "::1")
STACK = Path(".till", "stack.json")


@dataclass(frozen=True, slots=True)
class Access:
    """`shop` may be empty: some commands are about none."""

    url: str
    token: str
    shop: str


def login_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Where `till login` writes."""
    home = environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME") or Path.home(), ".config")
    return Path(home, "till", "login.json")


def find(shop: str = "", environment: Mapping[str, str] = os.environ, folder: Path | None = None) -> Access:
    """The access that is meant here; `shop` and TILL_SHOP take the place of its shop. Raises `Failure`."""
    given = environment.get("TILL_URL", ""), environment.get("TILL_TOKEN", "")
    if any(given):
        if not all(given):
            raise NotLoggedIn("TILL_URL and TILL_TOKEN go together: set both, or neither.")
        found = checked(Access(*given, ""))
    else:
        found = _kept(login_file(environment)) or _running(folder or Path.cwd())
    return replace(found, shop=shop or environment.get("TILL_SHOP", "") or found.shop)


def keep(access: Access, file: Path) -> None:
    """Only the owner can read it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        json.dump({"url": access.url, "token": access.token, "shop": access.shop}, opened)
    new.replace(file)


def checked(access: Access) -> Access:
    """With the URL as it is used. Raises `Failure` where the token would go over the network for everybody to read."""
    parts = urlsplit(access.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Failure(f"{access.url!r} is no URL: it looks like https://shop.example.com/prod.", "url")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise Failure("The token is only sent over https, or to this machine.", "url")
    return replace(access, url=access.url.rstrip("/"))


def _kept(file: Path) -> Access | None:
    try:
        known = json.loads(file.read_text())
        return checked(Access(known["url"], known["token"], known["shop"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise NotLoggedIn(f"{file} cannot be read: run `till login` again.") from None


def _running(folder: Path) -> Access:
    for place in (folder, *folder.parents):
        if (file := place / STACK).is_file():
            known = json.loads(file.read_text())
            if {"api_url", "merchant_token", "shop_identifier"} <= known.keys():
                return Access(known["api_url"], known["merchant_token"], known["shop_identifier"])
    raise NotLoggedIn("Where is the shop? Run `till login`, or set TILL_URL and TILL_TOKEN.")
