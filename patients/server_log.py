"""What the server's own log must not hold. Set up in settings.LOGGING."""

import logging
import re

# Whoever reads such an address can open it: invitations, reminders' links and those that set a password.
SECRET = re.compile(r"(/l/(?:off/)?|/i/|/accounts/(?:password/reset/key|confirm-email)/)[^\s/\"']+")


class WithoutTokens(logging.Filter):
    """Cuts the tokens out of addresses; Django writes down the address of every request that it refuses."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = SECRET.sub(r"\1…", record.getMessage()), ()
        return True
