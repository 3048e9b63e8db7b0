"""The wire, sans-IO: bytes to frozen values and back, for both roles (server and headset)."""
