"""The doors that headsets knock at: discovery, policy, enrollment, management."""
