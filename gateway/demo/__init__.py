"""A day of support mail as it really comes: written by hand in Korean, Japanese and English, built into bytes when it is sent.

The shop sells lamps and small home electronics under the name Luma, with an app. All senders are in domains that RFC 2606 reserves.
"""
