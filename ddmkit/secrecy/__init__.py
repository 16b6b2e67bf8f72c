"""Find secrets in texts, in every encoding that they may have, and remove them."""
