"""The provisioning document of an enrollment; `wire.wap` is its surface."""
