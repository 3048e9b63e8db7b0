"""Who is let in, and how many at once: connections, requests, and what is answered beyond."""
