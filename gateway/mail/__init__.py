"""What is a mail? Pure: bytes in, values out (docs/architecture.md). The reader is ``gateway.mail.read.read``."""
