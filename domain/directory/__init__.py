"""Who is to be told: subscriptions with their members' roles and their deployments, and people's own wishes."""
