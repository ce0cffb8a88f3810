metadata description = 'The managed online endpoint: its address, who may call it, and whom it runs as. Deployments are made by the hooks (decision 20).'

@description('Name of the Azure ML workspace.')
param workspaceName string

@description('Name of the endpoint, unique in its region: 3 to 32 letters, digits and hyphens, a letter first.')
@minLength(3)
@maxLength(32)
param name string

@description('Where the endpoint is.')
param location string

@description('Tags of the endpoint.')
param tags object

@description('Resource id of the identity that the endpoint runs as.')
param endpointIdentityId string

@description('Object id of the identity of the function app, which calls the endpoint.')
param appPrincipalId string

@description('Whether the endpoint answers on the internet; else through a private endpoint of the workspace.')
param publicAccess bool

@description('The deployment that gets all calls; empty while there is none. An endpoint is written as a whole, so leaving it out would take its traffic away.')
@allowed(['', 'blue', 'green'])
param liveDeployment string

@description('Resource id of the Log Analytics workspace.')
param logWorkspaceId string

resource workspace 'Microsoft.MachineLearningServices/workspaces@2025-06-01' existing = {
  name: workspaceName
}

resource endpoint 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints@2025-06-01' = {
  parent: workspace
  name: name
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${endpointIdentityId}': {}
    }
  }
  properties: {
    description: 'Cuts products out, places them on scenes and enlarges them for OPAL.'
    authMode: 'AADToken'
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    traffic: empty(liveDeployment) ? {} : { '${liveDeployment}': 100 }
  }
}

// No built-in role lets one call an endpoint without letting one change it too. Names of roles are unique in
// the whole tenant.
resource caller 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'endpoint-caller')
  properties: {
    roleName: 'OPAL endpoint caller (${uniqueString(resourceGroup().id)})'
    description: 'May call an online endpoint of Azure ML, and nothing else.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: ['Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action']
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource appCalls 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(endpoint.id, appPrincipalId, caller.name)
  scope: endpoint
  properties: {
    description: 'Activities send photos to this endpoint, with a token of the app.'
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: caller.id
  }
}

// What the scoring script writes, and each call with its status. Application Insights would need its
// instrumentation key for that, and takes none.
resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: endpoint
  properties: {
    workspaceId: logWorkspaceId
    logs: [
      {
        category: 'AmlOnlineEndpointConsoleLog'
        enabled: true
      }
      {
        category: 'AmlOnlineEndpointTrafficLog'
        enabled: true
      }
      {
        category: 'AmlOnlineEndpointEventLog'
        enabled: true
      }
    ]
  }
}

@description('Resource id of the endpoint.')
output id string = endpoint.id

@description('Name of the endpoint.')
output name string = endpoint.name

@description('Where the app sends its calls.')
output scoringUri string = endpoint.properties.scoringUri
