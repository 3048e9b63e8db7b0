"""Headsets as they come in: steps gathered into one arrival each, with what goes on since."""
