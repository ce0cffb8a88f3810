metadata description = 'Key Vault for the few secrets that there are; each is made by a hook or an operator, none by a template.'

@description('Name of the vault: 3 to 24 letters, digits and hyphens.')
@minLength(3)
@maxLength(24)
param name string

@description('Where the vault is.')
param location string

@description('Tags of the vault.')
param tags object

@description('Object id of the identity of the function app.')
param appPrincipalId string

@description('Object id of the person or pipeline that deploys; empty for none.')
param deployerPrincipalId string

@description('What the deployer is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param deployerPrincipalType string

@description('Whether the vault answers on the internet.')
param publicAccess bool

@description('Resource id of the Log Analytics workspace.')
param logWorkspaceId string

@description('Whether nobody may purge the vault before its 90 days are over. It cannot be turned off again, and the name stays taken that long after a tear-down.')
param purgeProtection bool = false

// Azure's ids of its roles, the same in every tenant.
var roles = {
  secretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
  secretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
}

module vaultModule 'br/public:avm/res/key-vault/vault:0.13.3' = {
  name: 'app-vault'
  params: {
    name: name
    location: location
    tags: tags
    sku: 'standard'
    enableRbacAuthorization: true
    enableVaultForDeployment: false
    enableVaultForDiskEncryption: false
    enableVaultForTemplateDeployment: false
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: purgeProtection
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: publicAccess ? 'Allow' : 'Deny'
    }
    // Who read or changed a secret: few rows, and the first question after a leak.
    diagnosticSettings: [
      {
        name: 'to-log-analytics'
        workspaceResourceId: logWorkspaceId
        logCategoriesAndGroups: [
          {
            category: 'AuditEvent'
          }
        ]
        metricCategories: []
      }
    ]
    enableTelemetry: false
  }
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: name
}

resource appSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, appPrincipalId, roles.secretsUser)
  scope: vault
  dependsOn: [vaultModule]
  properties: {
    description: 'App settings that are references to secrets are read in the name of the app.'
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.secretsUser)
  }
}

resource deployerSecrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerPrincipalId)) {
  name: guid(vault.id, deployerPrincipalId, roles.secretsOfficer)
  scope: vault
  dependsOn: [vaultModule]
  properties: {
    description: 'The hooks make the secrets that are missing, and the smoke test reads the first tenant key.'
    principalId: deployerPrincipalId
    principalType: deployerPrincipalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.secretsOfficer)
  }
}

@description('Resource id of the vault.')
output id string = vaultModule.outputs.resourceId

@description('Name of the vault.')
output name string = vaultModule.outputs.name

@description('Address of the vault, ending in a slash, for references to secrets.')
output uri string = vaultModule.outputs.uri
