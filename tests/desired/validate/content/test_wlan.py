"""Wi-Fi profiles as values. The documents here were written by hand from the published rules."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.desired.guard.whole import together
from lenskeep.desired.validate.circumstances import Circumstances
from lenskeep.desired.validate.content.wlan import wlan
from lenskeep.desired.validate.finding import Found, Weight
from lenskeep.tree.uri import parse_uri

AT = parse_uri("./Vendor/MSFT/WiFi/Profile/Hall%20B/WlanXml")
PSK = """<?xml version="1.0"?>
<WLANProfile xmlns="http://www.microsoft.com/networking/WLAN/profile/v1">
 <name>Hall B</name>
 <SSIDConfig><SSID><hex>48616C6C2042</hex><name>Hall B</name></SSID></SSIDConfig>
 <connectionType>ESS</connectionType><connectionMode>auto</connectionMode>
 <MSM><security>
  <authEncryption><authentication>WPA2PSK</authentication><encryption>AES</encryption>
   <useOneX>false</useOneX></authEncryption>
  <sharedKey><keyType>passPhrase</keyType><protected>false</protected>
   <keyMaterial>not a real one</keyMaterial></sharedKey>
 </security></MSM>
</WLANProfile>"""
THUMBPRINT = "ab" * 20
EAP = """<WLANProfile xmlns="http://www.microsoft.com/networking/WLAN/profile/v1">
 <name>Hall B</name>
 <SSIDConfig><SSID><name>Hall B</name></SSID></SSIDConfig>
 <connectionType>ESS</connectionType><connectionMode>auto</connectionMode>
 <MSM><security>
  <authEncryption><authentication>WPA2</authentication><encryption>AES</encryption>
   <useOneX>true</useOneX></authEncryption>
  <OneX xmlns="http://www.microsoft.com/networking/OneX/v1"><authMode>machine</authMode>
   <EAPConfig><EapHostConfig xmlns="http://www.microsoft.com/provisioning/EapHostConfig">
    <EapMethod><Type xmlns="http://www.microsoft.com/provisioning/EapCommon">13</Type></EapMethod>
    <Config><Eap><EapType><ServerValidation><ServerNames>radius.contoso.com</ServerNames>
     <TrustedRootCA>THUMBPRINT</TrustedRootCA></ServerValidation></EapType></Eap></Config>
   </EapHostConfig></EAPConfig></OneX>
 </security></MSM>
</WLANProfile>""".replace("THUMBPRINT", " ".join(["ab"] * 20))
CLIENT = "./Vendor/MSFT/ClientCertificateInstall/SCEP/Lens/Install/ServerURL"
ROOT = f"./Vendor/MSFT/RootCATrustedCertificates/Root/{THUMBPRINT}/EncodedCertificate"


def check(value: str, at: str = "Hall%20B") -> Found:
    return wlan(parse_uri(f"./Vendor/MSFT/WiFi/Profile/{at}/WlanXml"), value)


def weights(found: Found) -> list[Weight]:
    return [each.weight for each in found]


def test_a_profile_by_the_rules_is_fine() -> None:
    assert check(PSK) == ()


def test_the_name_in_the_address_may_be_the_ssid_in_hex() -> None:
    assert check(PSK, "48616c6c2042") == ()


def test_a_hidden_spelling_of_the_ssid_in_hex_alone_is_compared() -> None:
    alone = PSK.replace("<name>Hall B</name></SSID>", "</SSID>")

    assert check(alone) == ()
    assert Weight.REFUSED in weights(check(alone.replace("2042", "2043")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("WLAN/profile/v1", "WLAN/profile/v9"),
        ("WLANProfile", "WlanProfile"),
        ("<name>Hall B</name>\n <SSID", "<name>Hall C</name>\n <SSID"),
        ("<name>Hall B</name>\n <SSID", "\n <SSID"),
        ("Hall B", "Hall C"),
        ("48616C6C2042", "48616C6C2043"),
        ("48616C6C2042", "48616C6C204"),
        ("<SSID><hex>48616C6C2042</hex><name>Hall B</name></SSID>", "<SSID/>"),
        ("ESS", "IBSS"),
        (">auto<", ">sometimes<"),
        ("not a real one", "short"),
        ("passPhrase", "password"),
        ("passPhrase", "networkKey"),
        ("WPA2PSK", "WPA9"),
        ("AES", "ROT13"),
        ("WPA2PSK", "WPA2"),
        ("sharedKey", "otherKey"),
        ("security", "insecurity"),
        ("</WLANProfile>", ""),
    ],
)
def test_a_broken_rule_is_refused(old: str, new: str) -> None:
    broken = PSK.replace(old, new)
    assert broken != PSK

    assert Weight.REFUSED in weights(check(broken))


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        (">auto<", ">manual<", "by itself"),
        ("<protected>false", "<protected>true", "only the machine"),
        (">AES<", ">TKIP<", "broken"),
    ],
)
def test_what_works_badly_is_a_warning(old: str, new: str, word: str) -> None:
    (finding,) = check(PSK.replace(old, new))

    assert finding.weight is Weight.WARNING
    assert word in finding.problem


def test_an_open_network_is_a_warning() -> None:
    start, _, rest = PSK.partition("<sharedKey>")
    bare = start + rest.partition("</sharedKey>")[2]
    bare = bare.replace("WPA2PSK", "open").replace(">AES<", ">none<")

    assert weights(check(bare)) == [Weight.WARNING]


def test_a_network_of_certificates_needs_the_clients_and_the_root() -> None:
    alone = Circumstances(together([]))
    all_there = Circumstances(together([(CLIENT, "https://x/"), (ROOT, "MII")]))

    assert [each.problem.split()[0] for each in wlan(AT, EAP)] == ["needs"]
    assert weights(wlan(AT, EAP, alone)) == [Weight.WARNING] * 2
    assert wlan(AT, EAP, all_there) == ()


@pytest.mark.parametrize(
    ("old", "new", "weight"),
    [
        ("ab ab ", "ab ", Weight.REFUSED),
        ("TrustedRootCA", "TrustedRoot", Weight.WARNING),
        ("ServerNames", "ServerName", Weight.WARNING),
        ('EapCommon">13', 'EapCommon">43', Weight.WARNING),
        ("useOneX>true", "useOneX>false", Weight.REFUSED),
    ],
)
def test_each_rule_of_802_1x_can_be_broken(old: str, new: str, weight: Weight) -> None:
    around = Circumstances(together([(CLIENT, "https://x/"), (ROOT, "MII")]))
    assert wlan(AT, EAP, around) == ()

    assert weight in weights(
        wlan(AT, EAP.replace(old, new, 1).replace(f"/{old}", f"/{new}"), around)
    )


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.integers(0, len(EAP)))
def test_no_text_breaks_the_check(text: str, at: int) -> None:
    check(text)
    check(EAP[:at] + text + EAP[at:])
