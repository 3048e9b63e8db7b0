"""How the answer file becomes a package: the command of Windows Configuration Designer.

It runs on a Windows PC; there is no other builder. The words are those of its published reference
for the command line.
"""

from dataclasses import dataclass
from typing import Final

from lenskeep.enrollment.package.definition import XML_FILE, Package, file_names

STORE_FILE: Final = "Microsoft-Common-Provisioning.dat"
"""assumed: the settings store that knows all groups used here. It lies beside icd.exe."""
ADK_FOLDER: Final = (
    r"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit"
    r"\Imaging and Configuration Designer\x86"
)
"""Where the Windows ADK puts icd.exe, when asked for its Configuration Designer."""


@dataclass(frozen=True, slots=True)
class Building:
    """How to build a package, told to an administrator."""

    files: tuple[str, ...]
    """What has to lie in one folder; its path without blanks."""
    command: str
    steps: tuple[str, ...]
    assumed: tuple[str, ...]
    """What nobody has seen yet, and what to do where it turns out otherwise."""


def ppkg_name(package: Package) -> str:
    """Return the name of the package file: the package's own, letters and digits of it."""
    kept = "".join(each if each.isascii() and each.isalnum() else "-" for each in package.name)
    return f"{kept.strip('-') or 'package'}.ppkg"


def build_command(package: Package) -> str:
    """Return the command, to be run in the folder with the files.

    Neither encrypted nor signed: a HoloLens cannot apply a package that asks for a password. No
    blanks in any argument: icd.exe is seen to trip over them, quoted or not.
    """
    return (
        f"icd.exe /Build-ProvisioningPackage /CustomizationXML:{XML_FILE}"
        f" /PackagePath:{ppkg_name(package)} /StoreFile:{STORE_FILE} -Encrypted +Overwrite"
    )


def building(package: Package) -> Building:
    """Return everything an administrator needs to build it."""
    files = (XML_FILE, *file_names(package))
    command = build_command(package)
    steps = (
        f"Put {', '.join(files)} into one folder whose path has no blanks, e.g. C:\\package.",
        f"Copy {STORE_FILE} from {ADK_FOLDER} into it.",
        "Open a command window as administrator, add that folder of the ADK to PATH, go to yours.",
        f"Run: {command}",
        f"Keep {ppkg_name(package)}; delete the folder, which holds the same secrets in the clear.",
    )
    assumed = (
        f"{STORE_FILE} knows all settings of the package. If icd.exe names one that it does not"
        " know, give it the store of another edition that lies beside it, several with commas"
        " between them.",
        "The settings below Workplace are listed for desktops and not for HoloLens, and HoloLens 2"
        " is announced to enroll by them; nobody has shown it yet.",
    )
    return Building(files, command, steps, assumed)
