metadata description = 'Logs, traces and metrics: a Log Analytics workspace, and Application Insights on top of it.'

@description('Name of Application Insights; the workspace is named after it.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resources.')
param tags object

@description('Object id of the identity of the function app.')
param appPrincipalId string

@description('Days that logs are kept.')
@allowed([30, 60, 90, 120, 180, 270, 365, 550, 730])
param retentionDays int

// Azure's ids of its roles, the same in every tenant.
var roles = {
  metricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}

module workspace 'br/public:avm/res/operational-insights/workspace:0.12.0' = {
  name: 'log-workspace'
  params: {
    name: 'log-${name}'
    location: location
    tags: tags
    skuName: 'PerGB2018'
    dataRetention: retentionDays
    enableTelemetry: false
  }
}

// Local authentication is off: the connection string alone lets nobody write. The Functions host and the
// Python worker's exporter take a token of the app's identity (APPLICATIONINSIGHTS_AUTHENTICATION_STRING).
module insights 'br/public:avm/res/insights/component:0.6.0' = {
  name: 'app-insights'
  params: {
    name: name
    location: location
    tags: tags
    kind: 'web'
    applicationType: 'web'
    workspaceResourceId: workspace.outputs.resourceId
    retentionInDays: retentionDays
    disableLocalAuth: true
    enableTelemetry: false
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: name
}

// The role's name says metrics; it covers logs and spans too.
resource appPublishes 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(component.id, appPrincipalId, roles.metricsPublisher)
  scope: component
  dependsOn: [insights]
  properties: {
    description: 'The Functions host and its Python worker send telemetry.'
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.metricsPublisher)
  }
}

@description('Resource id of the Log Analytics workspace.')
output logWorkspaceId string = workspace.outputs.resourceId

@description('Resource id of Application Insights.')
output appInsightsId string = insights.outputs.resourceId

@description('Where telemetry goes. It names the destination and is no credential, because local authentication is off.')
output appInsightsConnectionString string = insights.outputs.connectionString
