metadata description = 'What happens in the photos account, as events. The subscription is made later, by events.bicep.'

@description('Name of the system topic.')
param name string

@description('Azure region: that of the photos account.')
param location string

@description('Tags of the resource.')
param tags object

@description('Resource id of the photos account.')
param photosId string

// Azure's ids of its roles, the same in every tenant.
var roles = {
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
}

module topic 'br/public:avm/res/event-grid/system-topic:0.6.5' = {
  name: 'photos-topic'
  params: {
    name: name
    location: location
    tags: tags
    source: photosId
    topicType: 'Microsoft.Storage.StorageAccounts'
    managedIdentities: {
      systemAssigned: true
    }
    enableTelemetry: false
  }
}

resource photos 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: last(split(photosId, '/'))
}

resource photoBlobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' existing = {
  parent: photos
  name: 'default'
}

resource deadLetters 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' existing = {
  parent: photoBlobs
  name: 'dead-letters'
}

// On this container alone: events name photos, and the topic reads none. A role's name must be known before
// the deployment, and the identity's id is not: the topic's name stands for it.
resource topicDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(deadLetters.id, name, roles.blobContributor)
  scope: deadLetters
  properties: {
    description: 'Event Grid writes the events that it could not deliver.'
    principalId: topic.outputs.systemAssignedMIPrincipalId!
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobContributor)
  }
}

@description('Resource id of the topic.')
output id string = topic.outputs.resourceId

@description('Name of the topic.')
output name string = topic.outputs.name
