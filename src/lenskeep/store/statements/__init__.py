"""Every statement the store runs, one module a noun; dialect-neutral, compiled when first used."""
