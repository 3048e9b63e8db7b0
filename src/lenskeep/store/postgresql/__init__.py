"""PostgreSQL: a few connections, units of work in one transaction or one statement."""
