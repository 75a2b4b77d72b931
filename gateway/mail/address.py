"""How addresses are compared (docs/security.md): one rule for the whole product.

``MIKE@EXAMPLE.test`` and ``mike@example.test`` are one mailbox; ``m\u0131ke@`` and the Kelvin sign never become ASCII.
Unicode case folding has let strangers take over accounts (CVE-2019-19844), so only A to Z are folded.
"""

import re
import unicodedata

# Canonical composition turns these into ";", "`" and "K": signs that look alike must not become the letter.
_TURN_ASCII = re.compile("([\u037e\u1fef\u212a])")
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def ascii_lower(text: str) -> str:
    """Fold A to Z alone."""
    return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)


def _composed(text: str) -> str:
    """NFC, except for the three characters that it would make ASCII."""
    if text.isascii():
        return text
    return "".join(
        unicodedata.normalize("NFC", piece) if number % 2 == 0 else piece
        for number, piece in enumerate(_TURN_ASCII.split(text))
    )


def domain_key(domain: str) -> str:
    """The domain as an A-label in lower case, without a final dot; unchanged but for ASCII case where IDNA fails.

    Compatibility characters (full width, ligatures, the Kelvin sign) stay as they are, because IDNA would map them to plain letters.
    """
    domain = ascii_lower(_composed(domain)).rstrip(".")
    if domain.isascii() or unicodedata.normalize("NFKC", domain) != domain:
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def address_key(address: str) -> str:
    """The form under which two addresses are the same mailbox. Never send to it: send to the address as it was given."""
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return ascii_lower(_composed(address.strip()))
    return f"{ascii_lower(_composed(local))}@{domain_key(domain)}"


def domain_of(address: str) -> str:
    """The domain's key, "" where the address has none."""
    return domain_key(address.rpartition("@")[2]) if "@" in address else ""
