"""What single values must look like: checks by hand, each for itself, without the catalog."""
