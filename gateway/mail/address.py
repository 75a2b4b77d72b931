"""How addresses are compared (docs/security.md): one rule for the whole product.

``MIKE@EXAMPLE.test`` and ``mike@example.test`` are one mailbox; ``m\u0131ke@`` and the Kelvin sign never become ASCII.
Unicode case folding has let strangers take over accounts (CVE-2019-19844), so only A to Z are folded.
"""

import unicodedata

_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def ascii_lower(text: str) -> str:
    """Fold A to Z alone."""
    return text.translate(_ASCII_LOWER)


def domain_key(domain: str) -> str:
    """The domain as an A-label in lower case, without a final dot; unchanged but for ASCII case where IDNA fails."""
    domain = ascii_lower(unicodedata.normalize("NFC", domain)).rstrip(".")
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def address_key(address: str) -> str:
    """The form under which two addresses are the same mailbox. Never send to it: send to the address as it was given."""
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return ascii_lower(unicodedata.normalize("NFC", address.strip()))
    return f"{ascii_lower(unicodedata.normalize('NFC', local))}@{domain_key(domain)}"


def domain_of(address: str) -> str:
    """The domain's key, "" where the address has none."""
    return domain_key(address.rpartition("@")[2]) if "@" in address else ""
