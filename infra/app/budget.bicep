metadata description = 'A monthly budget of the resource group: an e-mail when costs near it. It stops nothing.'

@description('Name of the budget.')
param name string

@description('What a month may cost, in the currency of the subscription\'s invoice.')
@minValue(1)
param monthlyAmount int

@description('First day of the first month, such as 2026-11-01. It can\'t change later, so it is kept with the environment.')
param startDate string

@description('Who gets an e-mail.')
param alertEmail string

// What to do when one comes: docs/operations.md#budget.
resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: monthlyAmount
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: startDate
    }
    notifications: {
      mostSpent: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: [alertEmail]
      }
      allSpent: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Actual'
        contactEmails: [alertEmail]
      }
      moreWillBeSpent: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 110
        thresholdType: 'Forecasted'
        contactEmails: [alertEmail]
      }
    }
  }
}
