"""What a headset finds by itself. Facility 0x8018 is its enrollment client ([MS-MDE2] 2.2.10); the
others are those of Windows.
"""

from typing import Final

from lenskeep.enrollment.troubles.trouble import HEADSET, Trouble

_RETRY_LATER: Final = "wait, and try again"

FOUND: Final = (
    Trouble(
        0x80180008,
        HEADSET,
        "something went wrong that Windows has no name for",
        "unknown",
        "restart the headset, try again; export the management logs in Settings",
    ),
    Trouble(
        0x80180009, HEADSET, "an enrollment is going on already", "started twice", _RETRY_LATER
    ),
    Trouble(
        0x8018000A,
        HEADSET,
        "this headset is enrolled already",
        "an earlier enrollment, here or elsewhere",
        "disconnect first: Settings > Accounts > Access work or school; else reset the headset",
    ),
    Trouble(
        0x8018000B,
        HEADSET,
        "this headset is not enrolled",
        "something was asked of a management that is over",
        "enroll again",
    ),
    Trouble(
        0x8018000D,
        HEADSET,
        "the server's certificate is not valid yet, or no more",
        "a wrong clock, or a certificate that has ended",
        "look at both clocks; lenskeep enrollment check-names DOMAIN",
    ),
    Trouble(
        0x8018000E, HEADSET, "a password is needed", "none was given", "type the password or code"
    ),
    Trouble(
        0x8018000F,
        HEADSET,
        "the sign-in page failed",
        "the page could not be shown, its certificate is not trusted, or the wearer left it",
        "lenskeep sign-in check; is the provider's page reachable from the headset?",
    ),
    Trouble(
        0x80180010,
        HEADSET,
        "the server cannot be reached",
        "no network, a name that leads nowhere, a firewall",
        "lenskeep enrollment check-names DOMAIN; open the server's /healthz in the browser",
    ),
    Trouble(
        0x00180011,
        HEADSET,
        "the enrollment is suspended",
        "Windows goes on by itself later (this is no error)",
        _RETRY_LATER,
    ),
    Trouble(
        0x80180012,
        HEADSET,
        "the server's certificate is not trusted, or is for another name",
        "the root is not on the headset; the name typed is not in the certificate",
        "put the root on it; lenskeep enrollment check-names DOMAIN",
    ),
    Trouble(
        0x8018001A,
        HEADSET,
        "it was sent on to an address that is not secure",
        "a proxy or a captive portal answered",
        "sign in to the network first; go around the proxy",
    ),
    Trouble(
        0x8018001B,
        HEADSET,
        "Windows is not in a state to enroll",
        "updates or another set-up in progress",
        "restart the headset and try again",
    ),
    Trouble(
        0x8018001C,
        HEADSET,
        "this edition of Windows may not enroll",
        "HoloLens (1st gen) without Windows Holographic for Business",
        "upgrade the edition first",
    ),
    Trouble(
        0x8018001D,
        HEADSET,
        "Windows could not make ready to enroll",
        "unknown",
        "restart the headset and try again",
    ),
    Trouble(
        0x8018001E,
        HEADSET,
        "a certificate could not be stored",
        "the certificate store refused it",
        "restart the headset and try again; else report it",
    ),
    Trouble(
        0x8018001F,
        HEADSET,
        "the management account could not be made",
        "what the server gave does not fit this build",
        "restart the headset and try again; else report it",
    ),
    Trouble(
        0x80180020,
        HEADSET,
        "the settings of the management client could not be made",
        "what the server gave does not fit this build",
        "restart the headset and try again; else report it",
    ),
    Trouble(
        0x80180021,
        HEADSET,
        "the settings of Windows Hello could not be made",
        "another server: Lenskeep sends none at enrollment",
        "look at the address that was typed",
    ),
    Trouble(
        0x80180022,
        HEADSET,
        "a setting of the enrollment could not be made",
        "what the server gave does not fit this build",
        "restart the headset and try again; else report it",
    ),
    Trouble(
        0x80180023,
        HEADSET,
        "what the server gave could not be applied",
        "it does not fit this build; or the push service of Windows is off",
        "restart the headset and try again; else report it",
    ),
    Trouble(
        0x80180024,
        HEADSET,
        "its own certificate for management is not there",
        "it was deleted, or the enrollment was broken off",
        "restart the headset; if it stays, reset it",
    ),
    Trouble(
        0x80180025,
        HEADSET,
        "an app of the enrollment could not be installed",
        "another server: Lenskeep sends none at enrollment",
        "look at the address that was typed",
    ),
    Trouble(
        0x80180026,
        HEADSET,
        "management is blocked on this headset",
        "a policy or a package forbids it, or it is managed otherwise",
        "reset the headset, or remove the package",
    ),
    Trouble(
        0x80180027,
        HEADSET,
        "no private key could be made",
        "the TPM is busy or defect; at other servers: a policy that does not fit",
        "restart the headset and try again",
    ),
    Trouble(
        0x80180028,
        HEADSET,
        "the certificate to sign in with is not there",
        "the package has no certificate with this thumbprint, or without its key",
        "make the package anew: lenskeep package new",
    ),
    Trouble(
        0x80180029,
        HEADSET,
        "the server sent an empty message",
        "a proxy cut the answer",
        "go around the proxy",
    ),
    Trouble(0x8018002A, HEADSET, "the wearer broke off", "Cancel was pressed", "try again"),
    Trouble(
        0x8018002B,
        HEADSET,
        "the user name does not fit automatic enrollment",
        "its domain is not one of the tenant's, or the user is not in the MDM scope",
        "look at the MDM user scope of the tenant",
    ),
    Trouble(0x80180030, HEADSET, "the wearer broke off", "Cancel was pressed", "try again"),
    Trouble(
        0x80180031,
        HEADSET,
        "no management is set up in the tenant",
        "the tenant has no MDM app, or the user is not in its scope",
        "set the discovery and terms URLs in the tenant, and the MDM user scope",
    ),
    Trouble(
        0x80180033,
        HEADSET,
        "the server said: too many attempts",
        "more than ten wrong secrets for a name, or a hundred from an address, within a minute",
        "wait a minute",
    ),
)

WINDOWS: Final = (
    Trouble(
        0x801900C8,
        HEADSET,
        "HTTP 200, with something that is no answer",
        "at renewal: a fault with status 200; another program answers",
        "look for a proxy; Lenskeep sends faults with status 500",
    ),
    Trouble(
        0x80190191,
        HEADSET,
        "the server asks who it is (HTTP 401)",
        "a proxy that wants a sign-in",
        "let the headset go around the proxy: enrollment runs without a user",
    ),
    Trouble(
        0x80190194,
        HEADSET,
        "there is nothing at this address (HTTP 404)",
        "another program answers at this name or port",
        "lenskeep enrollment check-names DOMAIN",
    ),
    Trouble(
        0x80072EE2,
        HEADSET,
        "the server did not answer in time",
        "a firewall drops packets, or the network is very slow",
        "let TCP 443 through to the server",
    ),
    Trouble(
        0x80072EE7,
        HEADSET,
        "the server's name is not in DNS",
        "mistyped, or EnterpriseEnrollment is missing and the domain has no such server",
        "lenskeep enrollment check-names DOMAIN",
    ),
    Trouble(
        0x80072EFD,
        HEADSET,
        "no connection to the server",
        "a firewall, a wrong port, the server is down",
        "let TCP 443 through; lenskeep doctor",
    ),
    Trouble(
        0x80072F0C,
        HEADSET,
        "a client certificate is needed",
        "a proxy ends TLS, so that the headset's certificate gets lost",
        "see Behind a proxy: hand the certificate on, or do not end TLS there",
    ),
    Trouble(
        0x80072F0D,
        HEADSET,
        "the server's certificate is of an issuer it does not know",
        "the root is not on the headset",
        "put the root on it, with a provisioning package or Certificate Manager",
    ),
    Trouble(
        0x80072F8F,
        HEADSET,
        "the server's certificate cannot be accepted",
        "a wrong clock, or a certificate that is not trusted or for another name",
        "look at the headset's clock; lenskeep enrollment check-names DOMAIN",
    ),
    Trouble(
        0x801C0003,
        HEADSET,
        "this user may not join headsets to Entra, or has too many",
        "the tenant's device settings",
        "Entra: Devices > Device settings: who may join, and how many per user",
    ),
)
