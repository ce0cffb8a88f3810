metadata description = 'The function app, on a plan of its own of the kind Flex Consumption.'

@description('Name of the app, and first part of its address.')
@maxLength(60)
param name string

@description('Azure region.')
param location string

@description('Tags of the resources.')
param tags object

@description('Resource id of the identity that the app runs as.')
param identityId string

@description('Address of the container of the deployment package.')
param packageContainerUri string

@description('Name and value of every app setting, from settings.bicep.')
param settings object

@description('Memory of one instance; cores come in proportion (2048 MB has one).')
@allowed([2048, 4096])
param instanceMemoryMB int

@description('The most instances of the app, over all its groups.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int

@description('Instances that are kept running, as objects of name (http, blob, durable or function:NAME) and instanceCount.')
param alwaysReady array

@description('HTTP requests that one instance works on at once. For Python the platform would take 1.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int

@description('Resource id of the subnet that the app calls out from; empty for none.')
param subnetId string

var appSettings = [
  for setting in items(settings): {
    name: setting.key
    value: setting.value
  }
]

// Raw, not the verified modules: theirs are typed on an older version that has no siteUpdateStrategy.
resource plan 'Microsoft.Web/serverfarms@2025-05-01' = {
  // checkov:skip=CKV_AZURE_225: not every region has zones for this plan, and an instance that is lost loses no work
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2025-05-01' = {
  // checkov:skip=CKV_AZURE_222: customers, notices of payments and Event Grid call in from the internet
  // checkov:skip=CKV_AZURE_17: callers prove themselves by keys, not by certificates
  // checkov:skip=CKV_AZURE_212: this plan scales by itself and knows no number of workers
  // checkov:skip=CKV_AZURE_213: this plan has no health check of its own; alerts watch the app instead
  // checkov:skip=CKV_AZURE_78: this plan has no FTP and refuses ftpsState; its password is turned off below as well
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      runtime: {
        name: 'python'
        version: '3.11'
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUri
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReady
        triggers: {
          http: {
            perInstanceConcurrency: httpConcurrency
          }
        }
      }
      // What runs may end; orchestrations of the old version are finished by it or by a newer one
      // (versionMatchStrategy in host.json).
      siteUpdateStrategy: {
        type: 'RollingUpdate'
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      http20Enabled: true
      appSettings: appSettings
    }
  }
}

// Deployments are signed in by Entra; nobody has a password for the app.
resource publishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-05-01' = [
  for kind in ['ftp', 'scm']: {
    parent: app
    name: kind
    // The provider has refused policies that leave it out.
    location: location
    properties: {
      allow: false
    }
  }
]

@description('Resource id of the app.')
output id string = app.id

@description('Name of the app.')
output name string = app.name

@description('Address of the app.')
output uri string = 'https://${app.properties.defaultHostName}'
