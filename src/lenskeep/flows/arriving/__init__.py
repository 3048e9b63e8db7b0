"""First run, what the wearer reads, and Autopilot: what an administrator does with them."""
