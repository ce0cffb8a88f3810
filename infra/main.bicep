metadata description = 'OPAL in a resource group of its own: data, models, orchestrations, the app, and what watches them.'

targetScope = 'subscription'

@description('Name of the azd environment; the resource group is named after it.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Azure region of everything.')
param location string

@description('Object id of the person or pipeline that deploys; empty for none.')
param principalId string

@description('What the deployer is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param principalType string

@description('What models run on.')
@allowed(['cpu', 'gpu'])
param mlTier string

@description('The deployment of the model endpoint that gets all calls; empty while there is none.')
@allowed(['', 'blue', 'green'])
param liveDeployment string

@description('Changed when the endpoint gets other models.')
param modelsRevision string

@description('Whether the endpoint has an engine for scenes from prompts.')
param promptScenes bool

@description('Size of the registry of the endpoint\'s images.')
@allowed(['Basic', 'Standard', 'Premium'])
param registrySku string

@description('Where the state of orchestrations is kept.')
@allowed(['scheduler', 'storage'])
param durableBackend string

@description('How the Durable Task Scheduler is paid.')
@allowed(['Consumption', 'Dedicated'])
param schedulerSku string

@description('Capacity units of the Durable Task Scheduler, for Dedicated only.')
@minValue(1)
@maxValue(3)
param schedulerCapacity int

@description('Name of the Cosmos DB account; empty for one of OPAL\'s own making. Another one is what a restore has made.')
param cosmosName string

@description('How Cosmos DB is paid.')
@allowed(['Serverless', 'Autoscale'])
param cosmosCapacity string

@description('The most request units a second, for Autoscale only.')
@minValue(1000)
param cosmosMaxThroughput int

@description('How often blobs are stored: in one data centre, or in three zones.')
@allowed(['Standard_LRS', 'Standard_ZRS'])
param storageSku string

@description('Days after which intermediate results are deleted.')
@minValue(8)
param workRetentionDays int

@description('Days that logs are kept.')
@allowed([30, 60, 90, 120, 180, 270, 365, 550, 730])
param logRetentionDays int

@description('Memory of one instance of the app.')
@allowed([2048, 4096])
param instanceMemoryMB int

@description('The most instances of the app.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int

@description('Instances of the app that are kept running, as objects of name and instanceCount.')
param alwaysReady array

@description('HTTP requests that one instance works on at once.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int

@description('When the sweeper runs: six fields, seconds first.')
param sweepSchedule string

@description('Whether data is reached through a virtual network alone.')
param privateNetwork bool

@description('Origins of the web pages that upload to signed URLs.')
param corsOrigins array

@description('Whether jobs need credits.')
param billingEnabled bool

@description('Whether the vault has the key of the payment provider.')
param mollie bool

@description('Who is told by alerts and the budget; empty for nobody.')
param alertEmail string

@description('Seconds that nineteen of twenty runs of a stage should take at most.')
param latencyTargetSeconds int

@description('Hours without a photo after which an alert says so; 0: never.')
param quietHours int

@description('What a month may cost, in the currency of the invoice; 0 for no budget. Without an address nobody could be told, so there is none either.')
@minValue(0)
param monthlyBudget int

@description('List prices with which the workbook begins, as texts: endpointHour, gigabyteSecond, millionRequestUnits. docs/costs.md says where they come from.')
param prices object

@description('First day of the first month of the budget, which cannot change later; empty for this month.')
param budgetStart string

@description('Not to be given: the current month.')
param currentMonth string = utcNow('yyyy-MM-01')

var token = uniqueString(subscription().id, environmentName, location)
var tags = { 'azd-env-name': environmentName }
var useScheduler = durableBackend == 'scheduler'
var appName = 'func-opal-${token}'

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-opal-${environmentName}'
  location: location
  tags: tags
}

module identity 'app/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-opal-${token}'
    location: location
    tags: tags
  }
}

module monitor 'app/monitor.bicep' = {
  name: 'monitor'
  scope: group
  params: {
    name: 'appi-opal-${token}'
    location: location
    tags: tags
    appPrincipalId: identity.outputs.appPrincipalId
    retentionDays: logRetentionDays
  }
}

module photos 'app/photos.bicep' = {
  name: 'photos'
  scope: group
  params: {
    name: 'stphotos${token}'
    location: location
    tags: tags
    skuName: storageSku
    appPrincipalId: identity.outputs.appPrincipalId
    deployerPrincipalId: principalId
    deployerPrincipalType: principalType
    corsOrigins: corsOrigins
    workRetentionDays: workRetentionDays
    publicAccess: !privateNetwork
    logWorkspaceId: monitor.outputs.logWorkspaceId
  }
}

module hostStorage 'app/host-storage.bicep' = {
  name: 'host-storage'
  scope: group
  params: {
    name: 'sthost${token}'
    location: location
    tags: tags
    skuName: storageSku
    appPrincipalId: identity.outputs.appPrincipalId
    deployerPrincipalId: principalId
    deployerPrincipalType: principalType
    publicAccess: !privateNetwork
    logWorkspaceId: monitor.outputs.logWorkspaceId
  }
}

module cosmos 'app/cosmos.bicep' = {
  name: 'cosmos'
  scope: group
  params: {
    name: empty(cosmosName) ? 'cosmos-opal-${token}' : cosmosName
    location: location
    tags: tags
    capacityMode: cosmosCapacity
    maxThroughput: cosmosMaxThroughput
    appPrincipalId: identity.outputs.appPrincipalId
    deployerPrincipalId: principalId
    publicAccess: !privateNetwork
    logWorkspaceId: monitor.outputs.logWorkspaceId
  }
}

module vault 'app/vault.bicep' = {
  name: 'vault'
  scope: group
  params: {
    name: 'kv-opal-${token}'
    location: location
    tags: tags
    appPrincipalId: identity.outputs.appPrincipalId
    deployerPrincipalId: principalId
    deployerPrincipalType: principalType
    publicAccess: !privateNetwork
    logWorkspaceId: monitor.outputs.logWorkspaceId
  }
}

module scheduler 'app/scheduler.bicep' = if (useScheduler) {
  name: 'scheduler'
  scope: group
  params: {
    name: 'dts-opal-${token}'
    location: location
    tags: tags
    sku: schedulerSku
    capacity: schedulerCapacity
    appPrincipalId: identity.outputs.appPrincipalId
    deployerPrincipalId: principalId
    deployerPrincipalType: principalType
  }
}

module topic 'app/topic.bicep' = {
  name: 'topic'
  scope: group
  params: {
    name: 'evgt-opal-${token}'
    location: location
    tags: tags
    photosId: photos.outputs.id
  }
}

module ml 'app/ml.bicep' = {
  name: 'ml'
  scope: group
  params: {
    name: 'mlw-opal-${token}'
    location: location
    tags: tags
    appInsightsId: monitor.outputs.appInsightsId
    endpointPrincipalId: identity.outputs.endpointPrincipalId
    deployerPrincipalId: principalId
    deployerPrincipalType: principalType
    privateNetwork: privateNetwork
    photosId: photos.outputs.id
    registrySku: registrySku
  }
}

module endpoint 'app/endpoint.bicep' = {
  name: 'endpoint'
  scope: group
  params: {
    workspaceName: ml.outputs.name
    name: 'opal-${token}'
    location: location
    tags: tags
    endpointIdentityId: identity.outputs.endpointIdentityId
    appPrincipalId: identity.outputs.appPrincipalId
    publicAccess: !privateNetwork
    liveDeployment: liveDeployment
    logWorkspaceId: monitor.outputs.logWorkspaceId
  }
}

module network 'app/network.bicep' = if (privateNetwork) {
  name: 'network'
  scope: group
  params: {
    name: 'vnet-opal-${token}'
    location: location
    tags: tags
  }
}

module privateEndpoints 'app/private-endpoints.bicep' = if (privateNetwork) {
  name: 'private-endpoints'
  scope: group
  params: {
    name: 'pe-opal-${token}'
    location: location
    tags: tags
    networkId: privateNetwork ? network!.outputs.id : ''
    subnetId: privateNetwork ? network!.outputs.endpointSubnetId : ''
    photosId: photos.outputs.id
    hostStorageId: hostStorage.outputs.id
    cosmosId: cosmos.outputs.id
    vaultId: vault.outputs.id
    mlWorkspaceId: ml.outputs.id
    schedulerId: useScheduler ? scheduler!.outputs.id : ''
  }
}

module settings 'app/settings.bicep' = {
  name: 'settings'
  scope: group
  params: {
    appUrl: 'https://${appName}.azurewebsites.net'
    appClientId: identity.outputs.appClientId
    photosBlobUri: photos.outputs.blobUri
    photosQueueUri: photos.outputs.queueUri
    hostBlobUri: hostStorage.outputs.blobUri
    hostQueueUri: hostStorage.outputs.queueUri
    hostTableUri: hostStorage.outputs.tableUri
    cosmosEndpoint: cosmos.outputs.endpoint
    cosmosDatabase: cosmos.outputs.databaseName
    vaultUri: vault.outputs.uri
    scoringUri: endpoint.outputs.scoringUri
    modelsRevision: modelsRevision
    promptScenes: promptScenes
    appInsightsConnectionString: monitor.outputs.appInsightsConnectionString
    durableBackend: durableBackend
    schedulerEndpoint: useScheduler ? scheduler!.outputs.endpoint : ''
    sweepSchedule: sweepSchedule
    billingEnabled: billingEnabled
    mollie: mollie
  }
}

// Last: its settings name every resource that it uses, so all of them, and the roles on them, are there
// before it starts.
module functions 'app/functions.bicep' = {
  name: 'functions'
  scope: group
  params: {
    name: appName
    location: location
    tags: tags
    identityId: identity.outputs.appIdentityId
    packageContainerUri: hostStorage.outputs.packageContainerUri
    settings: settings.outputs.settings
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReady: alwaysReady
    httpConcurrency: httpConcurrency
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
  }
  dependsOn: [privateEndpoints]
}

module alerts 'app/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    location: location
    tags: tags
    appInsightsId: monitor.outputs.appInsightsId
    logWorkspaceId: monitor.outputs.logWorkspaceId
    functionAppId: functions.outputs.id
    photosId: photos.outputs.id
    topicId: topic.outputs.id
    endpointId: endpoint.outputs.id
    cosmosId: cosmos.outputs.id
    alertEmail: alertEmail
    latencyTargetSeconds: latencyTargetSeconds
    quietHours: quietHours
  }
}

module workbook 'app/workbook.bicep' = {
  name: 'workbook'
  scope: group
  params: {
    location: location
    tags: tags
    appInsightsId: monitor.outputs.appInsightsId
    logWorkspaceId: monitor.outputs.logWorkspaceId
    instanceGigabytes: '${instanceMemoryMB / 1024}.0'
    endpointHourlyPrice: prices.endpointHour
    gigabyteSecondPrice: prices.gigabyteSecond
    millionRequestUnitsPrice: prices.millionRequestUnits
  }
}

module budget 'app/budget.bicep' = if (monthlyBudget > 0 && !empty(alertEmail)) {
  name: 'budget'
  scope: group
  params: {
    name: 'budget-opal'
    monthlyAmount: max(monthlyBudget, 1)
    startDate: empty(budgetStart) ? currentMonth : budgetStart
    alertEmail: alertEmail
  }
}

@description('Azure region of everything.')
output AZURE_LOCATION string = location

@description('Name of the resource group.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Id of the Entra tenant.')
output AZURE_TENANT_ID string = tenant().tenantId

@description('Address of the app.')
output OPAL_URL string = functions.outputs.uri

@description('Name of the function app.')
output OPAL_FUNCTION_APP string = functions.outputs.name

@description('Resource id of the function app.')
output OPAL_FUNCTION_APP_ID string = functions.outputs.id

@description('Name of the storage account of photos.')
output OPAL_PHOTO_STORAGE string = photos.outputs.name

@description('Name of the storage account of the Functions host.')
output OPAL_HOST_STORAGE string = hostStorage.outputs.name

@description('Name of the Cosmos DB account.')
output OPAL_COSMOS_ACCOUNT string = cosmos.outputs.name

@description('Address of the Cosmos DB account.')
output OPAL_COSMOS_ENDPOINT string = cosmos.outputs.endpoint

@description('Name of the database.')
output OPAL_COSMOS_DATABASE string = cosmos.outputs.databaseName

@description('Name of the key vault.')
output OPAL_KEY_VAULT string = vault.outputs.name

@description('Name of the Azure ML workspace.')
output OPAL_ML_WORKSPACE string = ml.outputs.name

@description('Name of the model endpoint.')
output OPAL_ML_ENDPOINT string = endpoint.outputs.name

@description('What models run on: cpu or gpu.')
output OPAL_ML_TIER string = mlTier

@description('Name of the system topic of the photos account.')
output OPAL_EVENT_TOPIC string = topic.outputs.name

@description('Resource id of the Log Analytics workspace.')
output OPAL_LOG_WORKSPACE string = monitor.outputs.logWorkspaceId

@description('Whether data is reached through a virtual network alone: true or false.')
output OPAL_PRIVATE_NETWORK string = privateNetwork ? 'true' : 'false'
