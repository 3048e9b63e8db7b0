"""What several processes on one database share: leases, who serves, wrong secrets."""
