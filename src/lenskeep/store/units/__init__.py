"""Parts of units of work that several ports share."""
