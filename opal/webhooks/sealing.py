"""Webhook secrets are sealed before they are stored, with keys that the store does not hold.

Fernet (AES-128-CBC with HMAC-SHA256) as the library `cryptography` has it. The first key seals,
every key opens, so that a new one is put in front of those that it follows.
"""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from opal.settings import Settings

_SEALED = "sealed:"


class SecretUnreadable(Exception):
    """A stored secret was sealed with a key that the settings do not have (any more)."""


class SecretBox:
    """Seals secrets and opens them; without keys they stay as they are.

    `keys`: Fernet keys (URL-safe base64 of 32 bytes), separated by commas, the newest first.
    """

    def __init__(self, keys: str | None = None) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys.split(",")]) if keys else None

    @classmethod
    def of(cls, settings: Settings) -> "SecretBox":
        """The box of the app's settings."""
        return cls(settings.secret_keys)

    def seal(self, secret: str) -> str:
        """What to store."""
        if self._fernet is None:
            return secret
        return _SEALED + self._fernet.encrypt(secret.encode()).decode()

    def open(self, stored: str) -> str:
        """The secret; raises `SecretUnreadable`. One stored before there were keys is as it was."""
        if not stored.startswith(_SEALED):
            return stored
        try:
            if self._fernet is not None:
                return self._fernet.decrypt(stored.removeprefix(_SEALED)).decode()
        except InvalidToken:
            pass
        raise SecretUnreadable("a webhook secret can't be opened: OPAL_SECRET_KEYS lacks its key")
