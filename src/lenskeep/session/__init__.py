"""The OMA-DM session engine, sans-IO: a message and what stands in, a reply and changes out."""
