metadata description = 'The Azure ML workspace, and the storage, vault and registry that are its own.'

@description('Name of the workspace: 3 to 33 letters, digits and hyphens.')
@minLength(3)
@maxLength(33)
param name string

@description('Where the workspace is.')
param location string

@description('Tags of the workspace and of what belongs to it.')
param tags object

@description('Resource id of Application Insights, which a workspace must name.')
param appInsightsId string

@description('Object id of the identity that the online endpoint runs as.')
param endpointPrincipalId string

@description('Object id of the person or pipeline that deploys; empty for none.')
param deployerPrincipalId string

@description('What the deployer is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param deployerPrincipalType string

@description('Whether the endpoint reaches the photos by a private endpoint, from a network that Azure ML manages. It can be turned on later, but Azure ML does not turn it off again.')
param privateNetwork bool

@description('Resource id of the storage account of photos.')
param photosId string

@description('Size of the container registry. Basic includes 10 GB of images.')
@allowed(['Basic', 'Standard', 'Premium'])
param registrySku string = 'Basic'

var token = uniqueString(resourceGroup().id, name)
var storageName = 'stml${token}'
var vaultName = 'kvml${token}'
var containerRegistryName = 'crml${token}'

// Azure's ids of its roles, the same in every tenant.
var roles = {
  acrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d'
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  blobReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  connectionApprover: 'b556d68e-0be0-4f35-a333-ad7ee1ce17ea'
  dataScientist: 'f6c7c914-8db3-469d-8ca1-694a8f32e121'
}

// What the endpoint runs in where photos do not answer on the internet.
var connectedNetwork = {
  isolationMode: 'AllowInternetOutbound'
  outboundRules: {
    photos: {
      type: 'PrivateEndpoint'
      category: 'UserDefined'
      destination: {
        serviceResourceId: photosId
        subresourceTarget: 'blob'
        sparkEnabled: false
      }
    }
  }
}

// Storage, vault and registry hold code, weights and images, and nothing of a customer's, so they answer on
// the internet even where photos do not: to Entra ID alone. Behind a network, images could be built by a
// compute cluster only, and the registry would have to be Premium.

// An account of its own: Azure ML gives the workspace's identity roles on the data of whatever it works with, and
// photos and the app's package are no business of it. It also makes it Azure AI Administrator of the resource
// group, which manages accounts, vaults and databases, and reads no data in them.
resource storage 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  // checkov:skip=CKV_AZURE_35: instances of Azure ML have no fixed addresses; keys are off, and there is nothing of a customer
  // checkov:skip=CKV_AZURE_59: for the same reason; no blob can be read without a token of Entra ID
  // checkov:skip=CKV_AZURE_206: what is here is made from the repository, and could be made again
  // checkov:skip=CKV_AZURE_43: the name is letters and digits, which checkov cannot work out
  name: storageName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
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
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: 'Allow'
    }
  }
}

// A workspace must have a vault. With one of its own, its identity gets no role on the app's secrets.
module vault 'br/public:avm/res/key-vault/vault:0.13.3' = {
  name: 'ml-vault'
  params: {
    name: vaultName
    location: location
    tags: tags
    sku: 'standard'
    enableRbacAuthorization: true
    enableVaultForDeployment: false
    enableVaultForDiskEncryption: false
    enableVaultForTemplateDeployment: false
    enableSoftDelete: true
    softDeleteRetentionInDays: 7
    enablePurgeProtection: false
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: 'Allow'
    }
    enableTelemetry: false
  }
}

module containerRegistryModule 'br/public:avm/res/container-registry/registry:0.12.1' = {
  name: 'ml-registry'
  params: {
    name: containerRegistryName
    location: location
    tags: tags
    acrSku: registrySku
    acrAdminUserEnabled: false
    // What Azure ML pulls images with is a token for Azure Resource Manager.
    azureADAuthenticationAsArmPolicyStatus: 'enabled'
    enableTelemetry: false
  }
}

resource containerRegistry 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = {
  name: containerRegistryName
}

module workspaceModule 'br/public:avm/res/machine-learning-services/workspace:0.13.2' = {
  name: 'ml-workspace'
  params: {
    name: name
    location: location
    tags: tags
    sku: 'Basic'
    kind: 'Default'
    // System-assigned: Azure ML gives it the roles that it needs on storage, vault and registry by itself.
    managedIdentities: {
      systemAssigned: true
    }
    associatedStorageAccountResourceId: storage.id
    associatedKeyVaultResourceId: vault.outputs.resourceId
    associatedApplicationInsightsResourceId: appInsightsId
    associatedContainerRegistryResourceId: containerRegistryModule.outputs.resourceId
    // The storage has no shared keys, so datastores are read in the name of whoever asks.
    systemDatastoresAuthMode: 'Identity'
    publicNetworkAccess: 'Enabled'
    managedNetworkSettings: privateNetwork ? connectedNetwork : { isolationMode: 'Disabled' }
    enableTelemetry: false
  }
}

resource workspace 'Microsoft.MachineLearningServices/workspaces@2025-06-01' existing = {
  name: name
}

resource photos 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: last(split(photosId, '/'))
}

// A user-assigned identity gets no role from Azure ML, so the endpoint's two stand here.
resource endpointReadsModels 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, endpointPrincipalId, roles.blobReader)
  scope: storage
  properties: {
    description: 'The endpoint fetches its code and its models when an instance starts.'
    principalId: endpointPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobReader)
  }
}

resource endpointPullsImages 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(containerRegistry.id, endpointPrincipalId, roles.acrPull)
  scope: containerRegistry
  dependsOn: [containerRegistryModule]
  properties: {
    description: 'The endpoint pulls its image when an instance starts.'
    principalId: endpointPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.acrPull)
  }
}

resource deployerUploads 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerPrincipalId)) {
  name: guid(storage.id, deployerPrincipalId, roles.blobContributor)
  scope: storage
  properties: {
    description: 'Without shared keys, code, models and build contexts are uploaded in the name of the deployer.'
    principalId: deployerPrincipalId
    principalType: deployerPrincipalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.blobContributor)
  }
}

resource deployerDeploys 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerPrincipalId)) {
  name: guid(workspace.id, deployerPrincipalId, roles.dataScientist)
  scope: workspace
  dependsOn: [workspaceModule]
  properties: {
    description: 'The hooks register models and environments, make and remove deployments, and call the new one.'
    principalId: deployerPrincipalId
    principalType: deployerPrincipalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.dataScientist)
  }
}

// Named after the workspace: the object id of its identity is known only when it has been made.
resource workspaceConnects 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (privateNetwork) {
  name: guid(photos.id, name, roles.connectionApprover)
  scope: photos
  properties: {
    description: 'Azure ML connects its network to the photos by a private endpoint, and approves that itself.'
    principalId: workspaceModule.outputs.?systemAssignedMIPrincipalId ?? ''
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.connectionApprover)
  }
}

@description('Resource id of the workspace.')
output id string = workspaceModule.outputs.resourceId

@description('Name of the workspace.')
output name string = workspaceModule.outputs.name
