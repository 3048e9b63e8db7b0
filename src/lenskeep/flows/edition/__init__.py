"""The edition of HoloLens (1st gen): licenses, and the upgrade with one."""
