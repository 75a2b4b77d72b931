"""support-gateway: an e-mail-forwarding gateway and SMTP appliance for customer support.

The folders tell a mail's journey; docs/architecture.md draws it.
"""

__version__ = "0.1.0"
