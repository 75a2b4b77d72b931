"""How much of a message is looked at, decided before any parser runs.

Postfix, Haraka and mox draw the lines at similar places (docs/security.md). What lies beyond a limit is never lost: the
raw mail stays, the part shows as one attachment, and a defect says so.
"""

HEADER_BLOCK = 256 * 1024  # octets of one header block
HEADER_FIELD = 64 * 1024  # octets of one field
HEADER_FIELDS = 1_000
PARTS = 500
DEPTH = 50
HTML = 2 * 1024 * 1024  # octets of one HTML body
REPLY_HTML = 512 * 1024  # octets of HTML in which quotes are looked for; beyond it the text alone tells
TEXT = 1024 * 1024  # octets of one text body that become readable text
TEXT_LINES = 100_000
ENCLOSED = 4 * 1024 * 1024  # octets of an attached message that are read for its text
FILE_NAME = 150  # characters
DEFECTS = 50  # notes on one mail
