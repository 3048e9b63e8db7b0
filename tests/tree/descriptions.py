"""Small device descriptions, written by hand from the format's rules; no real CSP is copied."""

HEAD = (
    "\ufeff"
    '<?xml version="1.0" encoding="UTF-8"?>\r\n'
    '<!DOCTYPE MgmtTree PUBLIC " -//OMA//DTD-DM-DDF 1.2//EN"\r\n'
    '  "http://ddf.invalid/ddf.dtd"\r\n'
    '  [<?oma-dm-ddf-ver supported-versions="1.2"?>]>\r\n'
)


def ddf(*nodes: str) -> bytes:
    """Return a file with these top nodes."""
    tree = '<MgmtTree xmlns:MSFT="http://schemas.microsoft.com/MobileDevice/DM">'
    return f"{HEAD}{tree}<VerDTD>1.2</VerDTD>{''.join(nodes)}</MgmtTree>".encode()


def node(
    name: str, properties: str = "", *below: str, path: str = "", format_: str = "node"
) -> str:
    """Return a node; `properties` are further elements of its DFProperties."""
    where = f"<Path>{path}</Path>" if path else ""
    access = "" if "<AccessType>" in properties else "<AccessType><Get/></AccessType>"
    return (
        f"<Node><NodeName>{name}</NodeName>{where}<DFProperties>{access}"
        f"<DFFormat><{format_}/></DFFormat>{properties}</DFProperties>{''.join(below)}</Node>"
    )


def access(*verbs: str) -> str:
    """Return AccessType."""
    return f"<AccessType>{''.join(f'<{verb}/>' for verb in verbs)}</AccessType>"


def applies(builds: str = "", version: str = "", editions: str | None = None) -> str:
    """Return an Applicability with the elements given."""
    inside = f"<MSFT:OsBuildVersion>{builds}</MSFT:OsBuildVersion>" if builds else ""
    inside += f"<MSFT:CspVersion>{version}</MSFT:CspVersion>" if version else ""
    if editions is not None:
        inside += f"<MSFT:EditionAllowList>{editions}</MSFT:EditionAllowList>"
    return f"<MSFT:Applicability>{inside}</MSFT:Applicability>"


def allows(value_type: str, inside: str = "") -> str:
    """Return AllowedValues."""
    return f'<MSFT:AllowedValues ValueType="{value_type}">{inside}</MSFT:AllowedValues>'


def choice(value: str, label: str = "") -> str:
    """Return an Enum."""
    return (
        f"<MSFT:Enum><MSFT:Value>{value}</MSFT:Value>"
        f"<MSFT:ValueDescription>{label}</MSFT:ValueDescription></MSFT:Enum>"
    )


def value(text: str) -> str:
    """Return a Value."""
    return f"<MSFT:Value>{text}</MSFT:Value>"


SETTABLE = access("Add", "Delete", "Get", "Replace")
HOLOGRAPHIC = "0x4;0x88;"


def policy_shell() -> bytes:
    """Return the Policy CSP's own file: both halves, of which the user's says nothing itself."""
    open_names = node("", access("Get", "Replace") + "<DFTitle>PolicyName</DFTitle>", format_="chr")
    areas = node("", "<DFTitle>AreaName</DFTitle>", open_names)
    inside = (node("Config", "", areas), node("Result", "", areas))
    return ddf(
        node("Policy", "", *inside, path="./User/Vendor/MSFT"),
        node(
            "Policy",
            applies("10.0.10240", "1.0", HOLOGRAPHIC),
            *inside,
            path="./Device/Vendor/MSFT",
        ),
    )


def area(name: str, *policies: str, scope: str = "Device") -> bytes:
    """Return a policy area's file."""
    return ddf(node(name, "", *policies, path=f"./{scope}/Vendor/MSFT/Policy/Config"))


def policy(name: str, properties: str, format_: str = "int") -> str:
    """Return a policy that can be set."""
    return node(name, SETTABLE + properties, format_=format_)
