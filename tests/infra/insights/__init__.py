"""What Application Insights would have after a day of the app, by real exporters."""
