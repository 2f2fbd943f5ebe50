"""Looking for personal data where it must not be: in all bytes of all files, also where it was written in another form."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from json import dumps
from pathlib import Path
from urllib.parse import quote, quote_plus

import markupsafe

CHARACTERS_MIN = 4
"""A shorter text stands by chance in any large file."""

_BASE64_MIN = 6
_LINE_ENDS = b"\r\n"


def leaks(folder: Path, secrets: Iterable[str]) -> list[str]:
    """Return where secrets stand in the files under a folder, or in their names: the file, the secret and in what form.

    Letters may be in upper or lower case. Reading a SQLite file that this process has open releases its locks: let no other process
    write to it meanwhile, or close it before.

    Raises:
        ValueError: a secret is too short to be told from chance, or there is no file to look at.
    """
    forms = {secret: _forms(secret) for secret in secrets}
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not (forms and files):
        raise ValueError("There is nothing to look for, or nowhere to look.")
    return [found for path in files for found in _found_in(path, folder, forms)]


def _found_in(path: Path, folder: Path, forms: Mapping[str, Mapping[str, bytes]]) -> Iterator[str]:
    name = path.relative_to(folder).as_posix()
    try:
        content = path.read_bytes()
    except FileNotFoundError:  # What SQLite keeps beside a file goes when it is closed.
        content = b""
    # Base64 is broken into lines, and so is a text that was folded.
    content = b"\n\n".join((name.encode(errors="surrogateescape"), content, content.translate(None, _LINE_ENDS)))
    lowered = content.lower()
    for secret, its_forms in forms.items():
        for form, needle in its_forms.items():
            if needle in (content if form.startswith("base64") else lowered):
                yield f"{name}: {secret!r} ({form})"


def _forms(secret: str) -> dict[str, bytes]:
    """Return how a secret may be written: base64 as it is, all else in lower case."""
    if len(secret) < CHARACTERS_MIN:
        raise ValueError(f"{secret!r} is too short: it stands by chance in any large file.")
    cases = {"": secret, ", lower case": secret.lower(), ", upper case": secret.upper()}
    forms: dict[str, bytes] = {}
    for case, text in cases.items():
        written = {
            "text": text.encode(errors="surrogatepass"),
            "UTF-16": text.encode("utf-16-le", "surrogatepass"),
            "UTF-16, big end": text.encode("utf-16-be", "surrogatepass"),
            "Latin-1": text.encode("latin-1", "backslashreplace"),
            "JSON": dumps(text)[1:-1].encode(),
            "JSON in UTF-8": dumps(text, ensure_ascii=False)[1:-1].encode(errors="surrogatepass"),
            "HTML": escape(text).encode(errors="surrogatepass"),
            "HTML of a template": str(markupsafe.escape(text)).encode(errors="surrogatepass"),
            "URL": quote(text, safe="", errors="surrogatepass").encode(),
            "URL, with slashes": quote(text, errors="surrogatepass").encode(),
            "URL, of a form": quote_plus(text, errors="surrogatepass").encode(),
            "hex": text.encode(errors="surrogatepass").hex().encode(),
        }
        forms |= {f"{form}{case}": needle.lower() for form, needle in written.items()}
        forms |= {f"base64 {name}{case}": needle for name, needle in _in_base64(text.encode(errors="surrogatepass"))}
    return _without_repetitions(forms)


def _in_base64(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Return what base64 makes of content that may begin at any place of what is encoded: only characters that it alone decides."""
    for alphabet, encode in (("standard", b64encode), ("for URLs", urlsafe_b64encode)):
        for before in range(3):
            encoded = encode(bytes(before) + content)
            needle = encoded[(8 * before + 5) // 6 : 8 * (before + len(content)) // 6]
            if len(needle) >= _BASE64_MIN:
                yield f"{alphabet}, place {before}", needle


def _without_repetitions(forms: Mapping[str, bytes]) -> dict[str, bytes]:
    first: dict[bytes, str] = {}
    for form, needle in forms.items():
        first.setdefault(needle, form)
    return {form: needle for needle, form in first.items()}
