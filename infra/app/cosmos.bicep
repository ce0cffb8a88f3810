metadata description = 'Cosmos DB for the state: jobs, the ledger, brand profiles, API keys.'

@description('Name of the account: 3 to 44 lowercase letters, digits and hyphens.')
@minLength(3)
@maxLength(44)
param name string

@description('Where the account is.')
param location string

@description('Tags of the account.')
param tags object

@description('Serverless bills each request; Autoscale bills the highest throughput of each hour.')
@allowed(['Serverless', 'Autoscale'])
param capacityMode string

@description('With Autoscale: the most request units a second that all containers may use together. A tenth of it is billed when idle.')
@minValue(1000)
param maxThroughput int

@description('Object id of the identity of the function app.')
param appPrincipalId string

@description('Object id of the person or pipeline that deploys; empty for none.')
param deployerPrincipalId string

@description('Whether the account answers on the internet.')
param publicAccess bool

@description('Resource id of the Log Analytics workspace.')
param logWorkspaceId string

// Cosmos DB's own definitions of the containers, which the store's code reads too.
var containerDefinitions = loadJsonContent('../../opal/state/containers.json')

// Raw, not the verified module: that reads the account's keys for its outputs at every deployment, and its
// parameters for containers are not Cosmos DB's definitions.
resource account 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' = {
  // checkov:skip=CKV_AZURE_101: without a private network the app comes in over the internet; keys are off
  // checkov:skip=CKV_AZURE_99: the app has no fixed addresses to let in
  name: name
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    capabilities: capacityMode == 'Serverless' ? [{ name: 'EnableServerless' }] : []
    locations: [
      {
        locationName: location
        failoverPriority: 0
        isZoneRedundant: false
      }
    ]
    // Activities of one item run on several instances, and each must see what the last one wrote.
    consistencyPolicy: {
      defaultConsistencyLevel: 'Strong'
    }
    // Any second of the last seven days can be restored, into a new account; this tier is not billed.
    backupPolicy: {
      type: 'Continuous'
      continuousModeProperties: {
        tier: 'Continuous7Days'
      }
    }
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
  }
}

// The containers share the throughput: four of their own would cost four times the minimum.
resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-04-15' = {
  parent: account
  name: 'opal'
  properties: {
    resource: {
      id: 'opal'
    }
    options: capacityMode == 'Autoscale' ? { autoscaleSettings: { maxThroughput: maxThroughput } } : {}
  }
}

resource containers 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-04-15' = [
  for definition in containerDefinitions: {
    parent: database
    name: definition.id
    properties: {
      resource: {
        id: definition.id
        partitionKey: definition.partitionKey
        indexingPolicy: definition.indexingPolicy
        defaultTtl: definition.defaultTtl
      }
    }
  }
]

// Built in, with the same id in each account: items and queries, but no databases, containers or keys.
resource dataContributor 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2025-04-15' existing = {
  parent: account
  name: '00000000-0000-0000-0000-000000000002'
}

// One change of the account after the other, so that none finds it busy.
// The app reads and writes documents. On the account, not the database: it also reads the account's
// consistency and regions, and there is one database.
resource appData 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-04-15' = {
  parent: account
  name: guid(account.id, appPrincipalId, dataContributor.id)
  dependsOn: [containers]
  properties: {
    principalId: appPrincipalId
    roleDefinitionId: dataContributor.id
    scope: account.id
  }
}

// Who deploys writes the first tenant's key, which nobody could make over an API that asks for one.
resource deployerData 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-04-15' = if (!empty(deployerPrincipalId)) {
  parent: account
  name: guid(account.id, deployerPrincipalId, dataContributor.id)
  dependsOn: [appData]
  properties: {
    principalId: deployerPrincipalId
    roleDefinitionId: dataContributor.id
    scope: account.id
  }
}

// Changes of the account, and the largest logical partitions (one may hold 20 GB). A row for every request
// would cost more than the request; the app counts the request units itself.
resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: account
  properties: {
    workspaceId: logWorkspaceId
    logAnalyticsDestinationType: 'Dedicated'
    logs: [
      {
        category: 'ControlPlaneRequests'
        enabled: true
      }
      {
        category: 'PartitionKeyStatistics'
        enabled: true
      }
    ]
  }
}

@description('Resource id of the account.')
output id string = account.id

@description('Name of the account.')
output name string = account.name

@description('Address of the account, for OPAL_COSMOS_ENDPOINT.')
output endpoint string = account.properties.documentEndpoint

@description('Name of the database, for OPAL_COSMOS_DATABASE.')
output databaseName string = database.name
