"""What do scanners say of a mail? Own small clients of rspamd, SpamAssassin and ClamAV, each behind its own socket.

A scanner never decides whether mail is taken in: what it says comes later, and where it says nothing the mail goes on with a mark.
"""
