"""A kiosk document that follows every rule, written by hand from the published grammar."""

from lenskeep.desired.guard.kiosk import SETTINGS_NEW, SETTINGS_OLD

INSPECT = "Contoso.Inspect_8wekyb3d8bbwe!App"
ID = "{0A000000-0000-0000-0000-00000000000B}"
GROUP = "11111111-2222-3333-4444-555555555555"
START = '<L xmlns="http://schemas.microsoft.com/Start/2014/LayoutModification" Version="1"/>'

MULTI = f"""<AssignedAccessConfiguration
  xmlns="http://schemas.microsoft.com/AssignedAccess/2017/config"
  xmlns:a="http://schemas.microsoft.com/AssignedAccess/201810/config"
  xmlns:g="http://schemas.microsoft.com/AssignedAccess/2020/config"
  xmlns:x="http://schemas.microsoft.com/AssignedAccess/202010/config">
 <Profiles><Profile Id="{ID}">
  <AllAppsList><AllowedApps>
   <App AppUserModelId="{INSPECT}" a:AutoLaunch="true"/>
   <App AppUserModelId="{SETTINGS_NEW}"/>
   <App AppUserModelId="{SETTINGS_OLD}"/>
  </AllowedApps></AllAppsList>
  <StartLayout><![CDATA[{START}]]></StartLayout>
  <Taskbar ShowTaskbar="true"/>
 </Profile></Profiles>
 <Configs><g:GlobalProfile Id="{ID.lower()}"/></Configs>
</AssignedAccessConfiguration>"""
"""Several apps for everybody."""

FOR_ALL = f'<g:GlobalProfile Id="{ID.lower()}"/>'


def with_configs(*configs: str) -> str:
    """Return the document with these in place of the global profile."""
    return MULTI.replace(FOR_ALL, "".join(configs))


def config(who: str) -> str:
    """Return the config that gives somebody the profile."""
    return f'<Config>{who}<DefaultProfile Id="{ID}"/></Config>'


def single(who: str) -> str:
    """Return a document of one app for somebody."""
    start, _, rest = MULTI.partition("<AllAppsList>")
    rest = rest.partition('<Taskbar ShowTaskbar="true"/>')[2]
    text = f'{start}<KioskModeApp AppUserModelId="{INSPECT}"/>{rest}'
    return text.replace(FOR_ALL, config(who))
