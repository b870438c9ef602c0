"""What the function costs, beside what people would write otherwise: `make bench`."""
