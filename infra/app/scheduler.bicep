metadata description = 'Durable Task Scheduler: where the state of orchestrations is kept.'

@description('Name of the scheduler.')
@minLength(3)
@maxLength(64)
param name string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags object

@description('Consumption is paid by the action, Dedicated by the capacity unit.')
@allowed(['Consumption', 'Dedicated'])
param sku string

@description('Capacity units, for Dedicated only.')
@minValue(1)
@maxValue(3)
param capacity int

@description('Object id of the identity of the function app.')
param appPrincipalId string

@description('Object id of the person or pipeline that deploys; empty for none.')
param deployerPrincipalId string

@description('What the deployer is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param deployerPrincipalType string

// Azure's ids of its roles, the same in every tenant.
var roles = {
  taskContributor: '0ad04412-c4d5-4796-b79c-f76d14c8d402'
  taskReader: 'd6a5505f-6ebb-45a4-896e-ac8274cfc0ac'
}
// One source: the platform's scale controller reads the hub's name from host.json as well.
var hubName = loadJsonContent('../../host.json').extensions.durableTask.hubName

resource scheduler 'Microsoft.DurableTask/schedulers@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: sku == 'Dedicated' ? { name: sku, capacity: capacity } : { name: sku }
    // An empty list shuts everybody out. The app has no fixed addresses to list, and the platform's scale
    // controller looks in from outside any network; each call needs a token of an identity with a role below.
    ipAllowlist: ['0.0.0.0/0']
    publicNetworkAccess: 'Enabled'
  }
}

resource taskHub 'Microsoft.DurableTask/schedulers/taskHubs@2026-02-01' = {
  parent: scheduler
  name: hubName
  properties: {}
}

// Durable Task Worker would let the app run orchestrations, but not start, query, wake or end them.
resource appRuns 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(taskHub.id, appPrincipalId, roles.taskContributor)
  scope: taskHub
  properties: {
    description: 'The app runs orchestrations, and starts, queries, wakes and ends them.'
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.taskContributor)
  }
}

resource deployerReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerPrincipalId)) {
  name: guid(taskHub.id, deployerPrincipalId, roles.taskReader)
  scope: taskHub
  properties: {
    description: 'An operator looks at orchestrations in the dashboard of the scheduler.'
    principalId: deployerPrincipalId
    principalType: deployerPrincipalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.taskReader)
  }
}

@description('Resource id of the scheduler.')
output id string = scheduler.id


@description('Address of the scheduler.')
output endpoint string = scheduler.properties.endpoint
