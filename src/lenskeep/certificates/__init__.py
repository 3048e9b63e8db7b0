"""Keys and certificates as values: sealing at rest, our authority, requests, peers. No I/O."""
