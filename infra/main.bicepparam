// What azd provisions, from its environment (azd env set NAME VALUE). OPAL_TIER picks the sizes.
using 'main.bicep'

var tier = readEnvironmentVariable('OPAL_TIER', 'dev')

// dev: the cheapest of each, and only the model endpoint runs when there is nothing to do. prod: models on a
// GPU, data in three zones, and one instance of the app kept ready for calls and one for orchestrations.
var sizes = {
  dev: {
    mlTier: 'cpu'
    registrySku: 'Basic'
    schedulerSku: readEnvironmentVariable('OPAL_SCHEDULER_SKU', 'Consumption')
    schedulerCapacity: 1
    cosmosCapacity: readEnvironmentVariable('OPAL_COSMOS_CAPACITY', 'Serverless')
    cosmosMaxThroughput: 1000
    storageSku: 'Standard_LRS'
    workRetentionDays: 14
    logRetentionDays: 30
    instanceMemoryMB: 2048
    maximumInstanceCount: 40
    alwaysReady: []
    httpConcurrency: 16
    sweepSchedule: '0 */5 * * * *'
    latencyTargetSeconds: 300
    monthlyBudget: int(readEnvironmentVariable('OPAL_MONTHLY_BUDGET', '300'))
    prices: { endpointHour: '0.192', gigabyteSecond: '0.000026', millionRequestUnits: '0.25' }
  }
  prod: {
    mlTier: 'gpu'
    registrySku: 'Standard'
    schedulerSku: readEnvironmentVariable('OPAL_SCHEDULER_SKU', 'Consumption')
    schedulerCapacity: 1
    cosmosCapacity: readEnvironmentVariable('OPAL_COSMOS_CAPACITY', 'Autoscale')
    cosmosMaxThroughput: 4000
    storageSku: 'Standard_ZRS'
    workRetentionDays: 30
    logRetentionDays: 90
    instanceMemoryMB: 4096
    maximumInstanceCount: 100
    alwaysReady: [
      { name: 'http', instanceCount: 1 }
      { name: 'durable', instanceCount: 1 }
    ]
    httpConcurrency: 32
    sweepSchedule: '0 * * * * *'
    latencyTargetSeconds: 60
    monthlyBudget: int(readEnvironmentVariable('OPAL_MONTHLY_BUDGET', '1500'))
    prices: { endpointHour: '0.526', gigabyteSecond: '0.000026', millionRequestUnits: '0.0' }
  }
}
var size = sizes[tier]
// Models that the endpoint is to run instead of its own: with others, what the former made is not found again.
var revision = readEnvironmentVariable('OPAL_MODELS_REVISION', '1')
var segmentModel = readEnvironmentVariable('OPAL_SEGMENT_MODEL', '')
var upscaleModel = readEnvironmentVariable('OPAL_UPSCALE_MODEL', '')
var diffusionModel = readEnvironmentVariable('OPAL_DIFFUSION_MODEL', '')
var models = filter([revision, segmentModel, upscaleModel, diffusionModel], model => !empty(model))
var origins = readEnvironmentVariable('OPAL_CORS_ORIGINS', '')

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param principalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param principalType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')

param mlTier = size.mlTier
param liveDeployment = readEnvironmentVariable('OPAL_ML_LIVE', '')
param modelsRevision = join(models, ' ')
param promptScenes = !empty(diffusionModel)
param registrySku = size.registrySku

param durableBackend = readEnvironmentVariable('OPAL_DURABLE_BACKEND', 'scheduler')
param schedulerSku = size.schedulerSku
param schedulerCapacity = size.schedulerCapacity

param cosmosName = readEnvironmentVariable('OPAL_COSMOS_NAME', '')
param cosmosCapacity = size.cosmosCapacity
param cosmosMaxThroughput = size.cosmosMaxThroughput

param storageSku = size.storageSku
param workRetentionDays = size.workRetentionDays
param logRetentionDays = size.logRetentionDays
param corsOrigins = empty(origins) ? [] : split(origins, ',')

param instanceMemoryMB = size.instanceMemoryMB
param maximumInstanceCount = size.maximumInstanceCount
param alwaysReady = size.alwaysReady
param httpConcurrency = size.httpConcurrency
param sweepSchedule = size.sweepSchedule
param privateNetwork = bool(readEnvironmentVariable('OPAL_VNET', 'false'))

param billingEnabled = bool(readEnvironmentVariable('OPAL_BILLING_ENABLED', 'false'))
param mollie = bool(readEnvironmentVariable('OPAL_MOLLIE', 'false'))

param alertEmail = readEnvironmentVariable('OPAL_ALERT_EMAIL', '')
param latencyTargetSeconds = size.latencyTargetSeconds
param quietHours = int(readEnvironmentVariable('OPAL_QUIET_HOURS', '24'))
param monthlyBudget = size.monthlyBudget
param prices = size.prices
param budgetStart = readEnvironmentVariable('OPAL_BUDGET_START', '')
