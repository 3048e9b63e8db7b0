"""SyncML as Windows speaks it: OMA-DM 1.2.1 messages, [MS-MDM]."""
