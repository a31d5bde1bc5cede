"""Who may act: nobody gets in by guessing, and whoever was sent away is away."""
