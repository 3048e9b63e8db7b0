"""OpenID Connect, piece by piece: fetching, what a provider says of itself, what it signs."""
