metadata description = 'The storage account of photos: what is dropped or uploaded, work, and outputs.'

@description('Name of the account: 3 to 24 lowercase letters and digits.')
@minLength(3)
@maxLength(24)
param name string

@description('Where the account is.')
param location string

@description('Tags of the account.')
param tags object

@description('How often the photos are stored: in one data centre, or in three zones.')
@allowed(['Standard_LRS', 'Standard_ZRS'])
param skuName string = 'Standard_LRS'

@description('Object id of the identity of the function app.')
param appPrincipalId string

@description('Object id of the person or pipeline that deploys; empty for none.')
param deployerPrincipalId string

@description('What the deployer is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param deployerPrincipalType string

@description('Origins of the web pages that upload to, and read from, signed URLs.')
param corsOrigins array

@description('Days after which blobs in `work` are deleted. More than OPAL_REVIEW_TIMEOUT (seven days): what waits for a person is kept there.')
@minValue(8)
param workRetentionDays int

@description('Whether the account answers on the internet. If not, signed URLs work within the network alone.')
param publicAccess bool

@description('Resource id of the Log Analytics workspace.')
param logWorkspaceId string

var containerNames = ['raw', 'work', 'outputs', 'dead-letters']

// Azure's ids of its roles, the same in every tenant.
var roles = {
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  blobOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  queueContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
}

// Raw, not the verified module: that reads the account's keys for its outputs at every deployment.
// Event Grid needs StorageV2; signed URLs and lifecycle rules work without a hierarchical namespace.
resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  // checkov:skip=CKV_AZURE_35: without a private network sellers upload from anywhere, by signed URLs that end soon
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
      // Event Grid writes dead letters as a trusted service, also to a closed account.
      bypass: 'AzureServices'
      defaultAction: publicAccess ? 'Allow' : 'Deny'
    }
  }
}

// Soft delete also keeps what was overwritten. Versions would keep every blob of `work` twice, without an end.
resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: false
    deleteRetentionPolicy: {
      enabled: true
      days: 7
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 7
    }
    cors: {
      corsRules: empty(corsOrigins) ? [] : [
        {
          allowedOrigins: corsOrigins
          allowedMethods: ['PUT', 'GET', 'HEAD', 'OPTIONS']
          allowedHeaders: ['content-type', 'x-ms-blob-type', 'x-ms-*']
          exposedHeaders: ['etag', 'content-length', 'x-ms-*']
          maxAgeInSeconds: 3600
        }
      ]
    }
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = [
  for containerName in containerNames: {
    parent: blobService
    name: containerName
    properties: {
      publicAccess: 'None'
    }
  }
]

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-01-01' = {
  parent: account
  name: 'default'
  dependsOn: [blobService]
  properties: {
    policy: {
      rules: [
        {
          // A stage whose result is gone is computed again.
          name: 'delete-old-work'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['work/']
            }
            actions: {
              baseBlob: {
                delete: {
                  daysAfterModificationGreaterThan: workRetentionDays
                }
              }
            }
          }
        }
        {
          name: 'delete-old-dead-letters'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['dead-letters/']
            }
            actions: {
              baseBlob: {
                delete: {
                  daysAfterModificationGreaterThan: 90
                }
              }
            }
          }
        }
      ]
    }
  }
}

// Functions asks for this role, and the next, where a blob trigger signs in by identity. It also reads and
// writes every stage's blobs, and gets the key that signs URLs, which only a role on the whole account can.
resource appBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, appPrincipalId, roles.blobOwner)
  scope: account
  properties: {
    description: 'The app reads and writes photos, signs URLs to them, and its blob trigger watches them.'
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobOwner)
  }
}

resource appQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, appPrincipalId, roles.queueContributor)
  scope: account
  properties: {
    description: 'The blob trigger makes a queue here for blobs that it could not hand over.'
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.queueContributor)
  }
}

resource deadLetters 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' existing = {
  parent: blobService
  name: 'dead-letters'
}

// No other container: who deploys need not see photos. The endpoint has no role at all, it gets signed URLs.
resource deployerDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerPrincipalId)) {
  name: guid(deadLetters.id, deployerPrincipalId, roles.blobContributor)
  scope: deadLetters
  dependsOn: [containers]
  properties: {
    description: 'An operator reads dead letters, and deletes those that are settled, which ends the alert.'
    principalId: deployerPrincipalId
    principalType: deployerPrincipalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobContributor)
  }
}

// Deletions are few, and are what one asks about afterwards. Every read and write would cost more than the
// storage itself, and the app's own traces tell them.
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

@description('Address of its blobs, for OPAL_STORAGE__blobServiceUri.')
output blobUri string = account.properties.primaryEndpoints.blob

@description('Address of its queues, for OPAL_STORAGE__queueServiceUri.')
output queueUri string = account.properties.primaryEndpoints.queue
