"""The pages about Entra: tenants, their tokens, and the terms of use."""
