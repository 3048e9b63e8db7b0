"""What the answers to our commands mean, apart from who said them when."""
