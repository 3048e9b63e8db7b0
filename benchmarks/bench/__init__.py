"""The suite of `make bench`: a floor, a load, rows of ratios, growth, pages, memory, a verdict."""
