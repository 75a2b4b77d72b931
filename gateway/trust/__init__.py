"""Is the author who From says? SPF, DKIM, DMARC, ARC and forwarders' words become one verdict with its reasons.

``resolver`` is the only way to DNS, ``authenticator`` gathers what one mail shows, ``verdict`` decides without any look-up.
"""
