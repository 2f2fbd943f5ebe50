"""Who holds which role in which subscription, what is deployed there, and who does not want to be told: at any position."""
