"""A first look at a text: may it hold a secret at all?

Most texts hold none, and must not pay for a search after a hundred forms. What every secret has is
one of three things, each found by a few searches for fixed characters:

- a long word. Every token of ``patterns.TOKENS`` has ``LONGEST_PLAIN`` letters, digits, ``_`` and
  ``-`` in a row or more, with a known start, or with a known text before it;
- a telling name, such as ``password``: looked for in the letters alone, of which those that are
  like each other here are made one, so that one search finds several names;
- a telling sign, such as ``@`` in an address.

The look is made so that a text has nothing that one of its parts has not, and the other way round:
what is seen in a part is seen in the whole. So a whole line of JSON can be looked at at once.
"""

from __future__ import annotations

import re

LONGEST_PLAIN: int = 18
"""Letters, digits, ``_`` and ``-`` in a row; the words of every token are longer than this."""

STARTS: tuple[str, ...] = (
    *("AKIA", "ASIA", "ABIA", "ACCA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    *("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glagent-", "glimt-"),
    *("gloas-", "glffct-", "glsa_", "glc_", "sk-", "sk_", "rk_", "xox", "xapp-", "AIza"),
    *("GOCSPX-", "whsec_", "eyJ", "npm_", "pypi-", "AA", "SK", "xkeysib-", "hf_", "api_org_"),
    *("doo_v1_", "dop_v1_", "dor_v1_", "dapi", "shpat_", "shpca_", "shppa_", "shpss_", "sq0"),
    *("EAAA", "key-", "NRAK-", "NRII-", "NRIK-", "lin_", "secret_", "ntn_", "fig", "PMAK-"),
    *("AGE-SECRET-KEY-1", "pscale_", "gsk_", "xai-", "r8_", "pplx-", "lsv2_", "nvapi-", "pcsk_"),
    *("tvly-", "sbp_", "sb_secret_", "ATATT3", "dckr_", "HRKU-", "fm1", "fm2", "fo1_", "tskey-"),
    *("pul-", "nfp_", "bkua_", "CCIPAT_", "CFPAT-", "rubygems_", "cio", "sntr", "ops_"),
)
"""What the long word of a token begins with."""

_LONG: str = "a" * (LONGEST_PLAIN + 1)
_PAIRS: frozenset[str] = frozenset(start[:2] for start in STARTS)
_FIRST, _SECOND = ("".join(sorted({pair[place] for pair in _PAIRS})) for place in (0, 1))
_WITHIN: re.Pattern[str] = re.compile(
    rf"-(?:(?=[{_FIRST}][{_SECOND}])(?:{'|'.join(map(re.escape, STARTS))})|us\d)", re.ASCII
)
"""A token may be glued to the word before it; and one kind has its mark at its end."""
_BEFORE: re.Pattern[str] = re.compile(
    r"(?:ya29|SG|hv[bsr]|dp\.[\w.-]{2,40}|atlasv1|v1|pat[A-Za-z0-9]{14})\.\Z", re.ASCII
)
_JOINTS: str = "./"
_NEAR: int = 50
_ADDRESS: int = 120
"""Characters before the last part of a hook's address in which its host stands."""
_MIDDLE: int = 7
"""A Discord token has six characters between its two dots."""

_USER: re.Pattern[str] = re.compile(r"://[^\s/:@'\"<>]*:[^\s/'\"<>]+@", re.ASCII)
_GIVEN: re.Pattern[str] = re.compile(r"(?:sig|sid|sessid|sessionid)=", re.ASCII)
_ENDED: str = r"(?![a-z])"
_KEPT: tuple[str, ...] = (
    *("api", "secret", "private", "account", "access", "encryption", "signing", "master", "role"),
)
_KEYS: str = "|".join(f"(?<={kept}key)|(?<={kept}.key)" for kept in _KEPT)
_NAMES: tuple[tuple[str, tuple[re.Pattern[str], ...]], ...] = tuple(
    (letters, tuple(re.compile(form, re.ASCII | re.DOTALL) for form in forms))
    for letters, forms in (
        (
            "kEE",
            (
                rf"token{_ENDED}(?![_-][a-z])",
                rf"key{_ENDED}(?:{_KEYS})",
                "cookie",
                "kennwort",
            ),
        ),
        ("pass", (rf"pass(?:[^a-z0-9]?w|phrase|code|{_ENDED})",)),
        ("crED", (rf"secrets?{_ENDED}", rf"cred(?:ential|s{_ENDED})")),
        ("auDh", (rf"auth(?:orization|{_ENDED}(?![_-][a-z]))",)),
        ("pwD", ("pwd",)),
        ("bEarEr", ("bearer",)),
        ("basEc", (rf"basic{_ENDED}",)),
        ("sEgEaDurE", (rf"signature{_ENDED}",)),
        ("cDEEsDrEEg", (r"connection[^a-z0-9]?string",)),
        ("whsEc", ("whsec_",)),  # a token whose word may be broken by a slash
    )
)
"""Names that say what stands beside them, in small letters, by what is left of them when only
letters are looked at; ``tokens`` and ``author`` are none. Each form begins with plain letters,
because a search for those is quick."""

_OTHER: int = ord(" ")
_WORDS: bytes = bytes(
    ord("a") if chr(code).isalnum() or chr(code) in "_-" else _OTHER for code in range(128)
).ljust(256, b" ")
_ALIKE: dict[str, str] = {**dict.fromkeys("einy", "E"), **dict.fromkeys("td", "D")}
_LETTERS: bytes = bytes(
    ord(_ALIKE.get(chr(code).lower(), chr(code).lower())) for code in range(128)
).ljust(256, b" ")
_NO_LETTERS: bytes = bytes(
    code for code in range(256) if code > ord("z") or chr(code).lower() not in "abcdeghiknprstuwy"
)
"""Also letters that no search below needs: the fewer are left, the faster it is."""


def suspicious(text: str) -> bool:
    """Whether a text may hold a secret; ``False`` is sure.

    What is seen does not depend on what stands around a part: any part may be looked at alone.
    """
    raw = text.encode("ascii", "replace")  # a mark for each other character: places stay the same
    if len(raw) > LONGEST_PLAIN:
        words = raw.translate(_WORDS).decode("ascii")
        start = words.find(_LONG)
        if start >= 0 and _token(raw.decode("ascii") + " ", words + " ", start):
            return True
    letters = raw.translate(_LETTERS, _NO_LETTERS).decode("ascii")
    if _named(letters) and _told(text, letters):
        return True
    return ("@" in text or "=" in text or "~" in text) and _signed(text)


def _named(letters: str) -> bool:
    """Whether one of the names may be there. It is written out because every text comes here."""
    return (
        "kEE" in letters
        or "pass" in letters
        or "crED" in letters
        or "auDh" in letters
        or "pwD" in letters
        or "bEarEr" in letters
        or "basEc" in letters
        or "sEgEaDurE" in letters
        or "cDEEsDrEEg" in letters
        or "whsEc" in letters
    )


def _told(text: str, letters: str) -> bool:
    """Whether one of the names is there."""
    small = text.lower()
    return any(
        form.search(small) is not None
        for found, forms in _NAMES
        if found in letters
        for form in forms
    )


def _signed(text: str) -> bool:
    """Whether an address may hold a password, a signature, or a session."""
    if "@" in text and _USER.search(text) is not None:
        return True
    if "=" in text and _GIVEN.search(text.lower()) is not None:
        return True
    return "8Q~" in text


def _token(text: str, words: str, start: int) -> bool:
    """Whether one of the long words looks like the longest part of a token.

    Args:
        text: Plain ASCII, with a space behind it: that is also what is found before its start.
        words: The same with an ``a`` for every character of a word, and a space for others.
        start: Where the first long word begins.
    """
    while start >= 0:
        if text[start : start + 2] in _PAIRS and text.startswith(STARTS, start):
            return True
        if text[start - 1] in _JOINTS and _follows(text, start):
            return True
        end = words.find(" ", start)
        if text[end] == "." and text.startswith(".", end + _MIDDLE):
            return True
        if "-" in text[start:end] and _WITHIN.search(text, start, end) is not None:
            return True
        start = words.find(_LONG, end)
    return False


def _follows(text: str, start: int) -> bool:
    """Whether what stands before a long word says that it is part of a token."""
    if text[start - 1] == ".":
        return _BEFORE.search(text[max(0, start - _NEAR) : start]) is not None
    return "hook" in text[max(0, start - _ADDRESS) : start]
