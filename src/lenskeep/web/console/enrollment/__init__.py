"""The console: bringing headsets in, and watching them arrive."""
