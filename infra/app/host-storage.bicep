metadata description = 'The storage account of the Functions host: leases, timers, the package, and Durable Functions if it keeps its state in storage.'

@description('Name of the account: 3 to 24 lowercase letters and digits.')
@minLength(3)
@maxLength(24)
param name string

@description('Where the account is.')
param location string

@description('Tags of the account.')
param tags object

@description('How often the data is stored: in one data centre, or in three zones.')
@allowed(['Standard_LRS', 'Standard_ZRS'])
param skuName string = 'Standard_LRS'

@description('Object id of the identity of the function app.')
param appPrincipalId string

@description('Object id of the person or pipeline that deploys; empty for none.')
param deployerPrincipalId string

@description('What the deployer is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param deployerPrincipalType string

@description('Whether the account answers on the internet.')
param publicAccess bool

@description('Resource id of the Log Analytics workspace.')
param logWorkspaceId string

var packageContainerName = 'app-package'

// Azure's ids of its roles, the same in every tenant.
var roles = {
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  blobOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  blobReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  queueContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  tableContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}

// Raw, not the verified module: that reads the account's keys for its outputs at every deployment.
resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  // checkov:skip=CKV_AZURE_35: without a private network the app has no fixed addresses to let in; keys are off
  // checkov:skip=CKV_AZURE_206: how often blobs are stored is a choice of whoever deploys, skuName
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: skuName
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    isLocalUserEnabled: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: publicAccess ? 'Allow' : 'Deny'
    }
  }
}

// The host overwrites its leases and receipts all the time; soft delete would keep each of them.
resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: false
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 7
    }
  }
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = {
  parent: blobService
  name: packageContainerName
  properties: {
    publicAccess: 'None'
  }
}

// What the hooks keep to go back to (infra/hooks/packages.sh), apart from what the platform deploys from.
resource keptPackages 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = {
  parent: blobService
  name: 'kept-packages'
  properties: {
    publicAccess: 'None'
  }
}

// The three roles that Functions asks for when AzureWebJobsStorage signs in by identity. It would also ask for
// Storage Account Contributor, which can read keys, but only for a blob trigger that polls.
resource appBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, appPrincipalId, roles.blobOwner)
  scope: account
  properties: {
    description: 'The host keeps leases, timers, receipts and keys here, and reads its package.'
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobOwner)
  }
}

resource appQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, appPrincipalId, roles.queueContributor)
  scope: account
  properties: {
    description: 'Blob events pass through a queue of the host; so do messages of Durable Functions in storage.'
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.queueContributor)
  }
}

resource appTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, appPrincipalId, roles.tableContributor)
  scope: account
  properties: {
    description: 'The host writes diagnostic events to a table; Durable Functions in storage keeps its history in tables.'
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.tableContributor)
  }
}

// Who deploys never writes to the container that the app is started from: packages are published to the app.
resource deployerPackages 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerPrincipalId)) {
  name: guid(packages.id, deployerPrincipalId, roles.blobReader)
  scope: packages
  properties: {
    description: 'Before a deployment the hooks copy the package that runs.'
    principalId: deployerPrincipalId
    principalType: deployerPrincipalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobReader)
  }
}

resource deployerKeptPackages 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerPrincipalId)) {
  name: guid(keptPackages.id, deployerPrincipalId, roles.blobContributor)
  scope: keptPackages
  properties: {
    description: 'The hooks keep a package here, and read it to put it back when the smoke test fails.'
    principalId: deployerPrincipalId
    principalType: deployerPrincipalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobContributor)
  }
}

// Deletions of blobs alone: the host's reads and writes are many, and say nothing that its own logs do not.
resource blobLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: blobService
  properties: {
    workspaceId: logWorkspaceId
    logs: [
      {
        category: 'StorageDelete'
        enabled: true
      }
    ]
  }
}

@description('Resource id of the account.')
output id string = account.id

@description('Name of the account.')
output name string = account.name

@description('Address of its blobs, for AzureWebJobsStorage__blobServiceUri.')
output blobUri string = account.properties.primaryEndpoints.blob

@description('Address of its queues, for AzureWebJobsStorage__queueServiceUri.')
output queueUri string = account.properties.primaryEndpoints.queue

@description('Address of its tables, for AzureWebJobsStorage__tableServiceUri.')
output tableUri string = account.properties.primaryEndpoints.table

@description('Address of the container of the deployment package.')
output packageContainerUri string = '${account.properties.primaryEndpoints.blob}${packageContainerName}'
