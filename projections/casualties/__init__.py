"""Who was harmed: tallies of casualty figures per claimant and across them, as ranges."""
