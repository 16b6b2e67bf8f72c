"""The three kinds of credentials that ``connect(credentials=...)`` takes.

Their values are secrets: a ``repr`` hides them, and pickling or copying is refused. ``connect`` checks the values.
"""

from __future__ import annotations

from pydantic import SecretStr

from ddmkit.config.credentials import Unpicklable

__all__ = ["AccessKey", "Password", "Token"]


class _Given(Unpicklable):
    """Credentials as a caller gave them, by the names of the parameters of ``connect``."""

    def __init__(self, **values: str | SecretStr | None) -> None:
        self._values = {
            name: value if isinstance(value, SecretStr) else SecretStr(value)
            for name, value in values.items()
            if value is not None
        }

    def __repr__(self) -> str:
        hidden = ", ".join(f"{name}=..." for name in self._values)
        return f"{type(self).__name__}({hidden})"

    def arguments(self) -> dict[str, SecretStr]:
        """Return the values by parameter name, still hidden."""
        return dict(self._values)


class AccessKey(_Given):
    """An access key (AK) with its secret key (SK), and the security token when the key is temporary."""

    def __init__(
        self, access_key: str | SecretStr, secret_key: str | SecretStr, security_token: str | SecretStr | None = None
    ) -> None:
        super().__init__(access_key=access_key, secret_key=secret_key, security_token=security_token)


class Token(_Given):
    """A token of the identity service (IAM) for one project. It lives 24 hours; ``kit.renew_token`` replaces it."""

    def __init__(self, token: str | SecretStr) -> None:
        super().__init__(token=token)


class Password(_Given):
    """An IAM user with a password, and the domain (account name) that owns the user. Tokens are obtained and renewed."""

    def __init__(self, user: str, password: str | SecretStr, domain: str) -> None:
        super().__init__(user=user, password=password, domain=domain)
