"""One frozen settings value from a TOML file and the environment.

Every field has a default that works on a laptop. The environment (`LENSKEEP_LISTEN` ...) wins
over the file (`lenskeep.toml` in the data folder). Read from the world by `app`, and by commands
that must know where the server is; everybody else gets the value.
"""

import ipaddress
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from lenskeep.base.errors import Complaint, Invalid
from lenskeep.base.secret import Secret

DEFAULT_PORT: Final = 8443
FILE_NAME: Final = "lenskeep.toml"
_MAX_TOLD: Final = 300
"""Characters of a complaint, which repeats what stands in the file."""
ANY_ADDRESS: Final = ("0.0.0.0", "::")  # noqa: S104 - names for all addresses
DEFAULT_DATA: Final = Path("lenskeep-data")


Names = Annotated[tuple[str, ...], NoDecode]
"""Several texts; separated by commas in the environment."""
POSTGRESQL: Final = ("postgresql://", "postgres://")
"""How the address of a PostgreSQL database begins."""


def _hidden(value: object) -> object:
    return Secret(value) if isinstance(value, str) else value


Hidden = Annotated[Secret, NoDecode, BeforeValidator(_hidden)]
"""A text that is shown as stars."""


class Settings(BaseSettings):
    """What an installation can be told; docs/reference/settings.md has one line for each."""

    model_config = SettingsConfigDict(
        env_prefix="LENSKEEP_", frozen=True, extra="forbid", arbitrary_types_allowed=True
    )

    data: Path = DEFAULT_DATA
    """The data folder: keys, certificates, database."""
    database: Hidden = Secret("")
    """postgresql://USER:PASSWORD@HOST:PORT/NAME; empty: a SQLite file in the data folder."""
    database_connections: int = Field(default=8, ge=2, le=100)
    """Connections to PostgreSQL that one process keeps, at most."""
    workers: int = Field(default=1, ge=1, le=256)
    """Processes that serve; more than one needs PostgreSQL."""
    hostname: str = f"localhost:{DEFAULT_PORT}"
    """NAME or NAME:PORT; every URL given to a device is built from it, never from a request."""
    also: Names = ()
    """Further names in the TLS certificate, e.g. EnterpriseEnrollment.example.org."""
    listen: str = ""
    """HOST:PORT to listen on; empty: all addresses, at the port of `hostname`."""
    organization: str = "Lenskeep"
    """The name the wearer sees in Settings > Access work or school."""
    tls_certificate: Path | None = None
    """PEM chain of the administrator's own server certificate; needs `tls_key` too."""
    tls_key: Path | None = None
    """PEM private key that belongs to `tls_certificate`."""
    digest_authentication: bool = True
    """Accept the MD5 digest where no client certificate arrives."""
    trusted_proxies: Names = ()
    """Addresses or networks of TLS-terminating proxies whose headers are believed."""
    proxy_certificate_header: str = "x-ssl-client-cert"
    """The header in which such a proxy hands over the client certificate (URL-encoded PEM)."""
    certificate_days: int = Field(default=365, ge=2, le=1825)
    """Life of a device certificate, days."""
    renew_days: int = Field(default=60, ge=1, le=1000)
    """Days before its end at which a device starts to renew."""
    keep_bodies: bool = False
    """Debug switch: keep redacted message bodies."""
    keep_bodies_days: int = Field(default=3, ge=1, le=90)
    """Days that kept message bodies stay."""
    keep_timeline_days: int = Field(default=180, ge=1, le=3650)
    """Days that lines of the timeline stay."""
    keep_operations_days: int = Field(default=365, ge=1, le=3650)
    """Days that ended operations stay."""
    session_silence_minutes: int = Field(default=10, ge=1, le=1440)
    """Silence after which an Exec without an answer is shown as of unknown outcome."""
    leaving_grace_days: int = Field(default=7, ge=1, le=365)
    """Days of silence after which a headset told to leave, or to reset itself, counts as gone."""

    metrics_networks: Names = ("127.0.0.0/8", "::1")
    """Addresses or networks that read /metrics without a token."""
    stop_notice_seconds: int = Field(default=0, ge=0, le=300)
    """Seconds between the word to stop and its being done: /readyz says 503 meanwhile."""
    traces_endpoint: str = ""
    """URL of an OTLP/HTTP collector, e.g. http://localhost:4318/v1/traces; empty: no traces."""
    traces_ratio: float = Field(default=0.01, ge=0, le=1)
    """The part of all requests that is traced; 1 is all of them."""

    @field_validator("also", "trusted_proxies", "metrics_networks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(each.strip() for each in value.split(",") if each.strip())
        return value

    @field_validator("database")
    @classmethod
    def _is_postgresql(cls, value: Secret) -> Secret:
        if value and not value.reveal().startswith(POSTGRESQL):
            raise ValueError("it is no address postgresql://USER:PASSWORD@HOST/NAME")
        return value

    @field_validator("traces_endpoint")
    @classmethod
    def _is_collector(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("it is no URL http://... or https://...")
        return value

    @field_validator("trusted_proxies", "metrics_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            ipaddress.ip_network(each, strict=False)
        return value

    @field_validator("hostname", "listen")
    @classmethod
    def _address(cls, value: str, info: ValidationInfo) -> str:
        if value or info.field_name == "hostname":
            split_address(value)
        return value

    @model_validator(mode="after")
    def _renewal_fits(self) -> "Settings":
        if self.renew_days >= self.certificate_days:
            raise ValueError("renew_days must be less than certificate_days")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the values handed in, which come from the file."""
        return (env_settings, init_settings)

    @property
    def host_names(self) -> tuple[str, ...]:
        """All names of the server, the public one first, without ports."""
        names = [split_address(self.hostname)[0], *self.also]
        return tuple(dict.fromkeys(names))

    @property
    def listening(self) -> tuple[str, int]:
        """The address and port to listen on."""
        if self.listen:
            return split_address(self.listen)
        return ANY_ADDRESS[0], split_address(self.hostname)[1]

    def url(self, path: str) -> str:
        """Return the public URL of a path; the port is left out where it is 443."""
        host, port = split_address(self.hostname)
        if ":" in host:
            host = f"[{host}]"
        return f"https://{host}{path}" if port == 443 else f"https://{host}:{port}{path}"


class _Whole(Settings):
    """Settings whose sources were already weighed: nothing is read from the environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is handed in."""
        return (init_settings,)


def split_address(text: str) -> tuple[str, int]:
    """Return host and port of NAME, NAME:PORT, [V6] or [V6]:PORT. Raises ValueError."""
    text = text.strip()
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = text.partition(":")
    if not host or "/" in host or any(c.isspace() for c in host):
        raise ValueError(f"{text!r} is not NAME or NAME:PORT")
    if port and not (port.isdecimal() and 0 <= int(port) < 65536):
        raise ValueError(f"{port!r} is not a port")
    return host, int(port) if port else DEFAULT_PORT


def load_settings(data: Path | None = None, **chosen: Any) -> Settings:
    """Return the settings of a data folder. Raises Invalid with every complaint at once.

    `data` wins over `LENSKEEP_DATA`; `chosen` (command-line options) win over everything.
    """
    folder = data or Path(os.environ.get("LENSKEEP_DATA") or DEFAULT_DATA)
    path = folder / FILE_NAME
    try:
        settings = Settings(**(_read(path) if path.exists() else {}))
        typed = {name: value for name, value in chosen.items() if value is not None}
        whole = settings.model_dump() | typed | {"data": folder}
        return _Whole(**whole)
    except ValidationError as error:
        raise Invalid(*_complaints(error)) from None


def _read(path: Path) -> dict[str, Any]:
    """Return what the file says. A number of 5,000 digits is a ValueError of another kind."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise Invalid.field(str(path), f"not TOML: {error}") from None
    except (ValueError, RecursionError) as error:
        raise Invalid.field(str(path), f"not TOML: {type(error).__name__}", "UTF-8") from None


def _complaints(error: ValidationError) -> list[Complaint]:
    return [
        Complaint(
            ".".join(str(part) for part in each["loc"])[:_MAX_TOLD] or "settings",
            each["msg"][:_MAX_TOLD],
        )
        for each in error.errors()
    ]
