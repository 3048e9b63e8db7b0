"""Discovery, policy, certificate request: how a headset becomes a device of ours, and renews."""
