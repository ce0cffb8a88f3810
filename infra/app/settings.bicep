metadata description = 'Every setting of the function app. It makes no resource.'

@description('Address of the function app itself, for links in answers and payment notices.')
param appUrl string

@description('Client id of the identity of the function app.')
param appClientId string

@description('Address of the blobs of the photos account.')
param photosBlobUri string

@description('Address of the queues of the photos account.')
param photosQueueUri string

@description('Address of the blobs of the host account.')
param hostBlobUri string

@description('Address of the queues of the host account.')
param hostQueueUri string

@description('Address of the tables of the host account.')
param hostTableUri string

@description('Address of the Cosmos DB account.')
param cosmosEndpoint string

@description('Name of the database in it.')
param cosmosDatabase string

@description('Address of the key vault, ending with a slash.')
param vaultUri string

@description('Where the model endpoint scores.')
param scoringUri string

@description('Changed when the endpoint gets other models, so that what the former ones made is not found again.')
param modelsRevision string

@description('Whether the endpoint has an engine for scenes from prompts.')
param promptScenes bool

@description('Where telemetry goes.')
param appInsightsConnectionString string

@description('Where the state of orchestrations is kept.')
@allowed(['scheduler', 'storage'])
param durableBackend string

@description('Address of the Durable Task Scheduler; empty with the backend storage.')
param schedulerEndpoint string

@description('When the sweeper runs: six fields, seconds first.')
param sweepSchedule string

@description('Whether jobs need credits.')
param billingEnabled bool

@description('Whether the vault has the key of the payment provider, mollie-api-key.')
param mollie bool

var host = loadJsonContent('../../host.json')

// The settings of opal/settings.py, in its order; what is not told above is its default, said aloud.
// Left out are those of one machine: OPAL_STORAGE, OPAL_STATE_PATH, OPAL_COSMOS_KEY, OPAL_ENDPOINT_KEY and
// OPAL_WEBHOOK_ALLOW_LOCAL. An empty value counts as not set.
var common = {
  AzureWebJobsStorage__blobServiceUri: hostBlobUri
  AzureWebJobsStorage__queueServiceUri: hostQueueUri
  AzureWebJobsStorage__tableServiceUri: hostTableUri
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: appClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: appInsightsConnectionString
  // Read by the Functions host and by the worker's exporter.
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${appClientId}'
  // The worker sets up OpenTelemetry for the app; without it only the host's records arrive.
  PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY: 'true'
  OTEL_SERVICE_NAME: 'opal'
  // All spans: by default the host and the worker keep five traces a second, too few to find one photo's.
  OTEL_TRACES_SAMPLER: 'microsoft.fixed_percentage'
  OTEL_TRACES_SAMPLER_ARG: '1.0'
  // The app's own spans record its calls; these would record them again, with the names of photos in addresses.
  OTEL_PYTHON_DISABLED_INSTRUMENTATIONS: 'azure_sdk,django,fastapi,flask,httpx,httpx2,psycopg2,requests,urllib,urllib3'
  // What the exporter tells of itself.
  APPLICATIONINSIGHTS_SDKSTATS_DISABLED: 'true'
  AZURE_FUNCTIONS_DURABLE_STRICT_TYPING: 'true'
  // As many threads as activities at once: more activities would wait in memory while their leases run out.
  PYTHON_THREADPOOL_THREAD_COUNT: string(host.extensions.durableTask.maxConcurrentActivityFunctions)
  OPAL_STORAGE__blobServiceUri: photosBlobUri
  OPAL_STORAGE__queueServiceUri: photosQueueUri
  OPAL_STORAGE__credential: 'managedidentity'
  OPAL_STORAGE__clientId: appClientId
  OPAL_STATE: 'cosmos'
  OPAL_COSMOS_ENDPOINT: cosmosEndpoint
  OPAL_COSMOS_DATABASE: cosmosDatabase
  OPAL_COSMOS_TIMEOUT: '30'
  OPAL_COSMOS_RETRIES: '9'
  OPAL_COSMOS_RETRY_WAIT: '20'
  OPAL_ENDPOINT_URL: scoringUri
  OPAL_ENDPOINT_CONNECT_TIMEOUT: '5'
  OPAL_ENDPOINT_TIMEOUT: '180'
  OPAL_MODELS_REVISION: modelsRevision
  OPAL_PROMPT_SCENES: promptScenes ? 'true' : 'false'
  OPAL_BLOB_TIMEOUT: '60'
  OPAL_SAS_LIFETIME: '1800'
  OPAL_RETRY_ATTEMPTS: '5'
  OPAL_RETRY_FIRST: '2'
  OPAL_RETRY_CAP: '60'
  OPAL_LEASE: '300'
  OPAL_MAX_RESTARTS: '10'
  OPAL_REVIEW_TIMEOUT: '604800'
  OPAL_REVIEW_TIMEOUT_ACTION: 'reject'
  OPAL_JOB_SETTLE: '15'
  OPAL_SWEEP_SCHEDULE: sweepSchedule
  OPAL_SWEEP_GRACE: '60'
  OPAL_MAX_PHOTO_BYTES: '200000000'
  OPAL_MAX_PHOTO_MEGAPIXELS: '100'
  OPAL_DEFAULT_TENANT: 'demo'
  OPAL_RATE_LIMIT: '600'
  OPAL_UPLOAD_DEADLINE: '86400'
  OPAL_DOWNLOAD_LIFETIME: '900'
  OPAL_JOB_TTL: ''
  OPAL_BILLING_ENABLED: billingEnabled ? 'true' : 'false'
  OPAL_MONTH_BUDGET: ''
  OPAL_BLOCKED_RETRY: '600'
  OPAL_MOLLIE_URL: 'https://api.mollie.com'
  OPAL_MOLLIE_TIMEOUT: '10'
  OPAL_PUBLIC_URL: appUrl
  // No version in the address: a new one is taken within a day, or at once when any setting changes.
  OPAL_SECRET_KEYS: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/secret-keys)'
  OPAL_WEBHOOK_TIMEOUT: '15'
  OPAL_WEBHOOK_SCHEDULE: '5,300,1800,7200,18000,36000,50400,72000,86400'
}

// Only with a key: a reference to a secret that is not there would stop the app.
var payments = {
  OPAL_MOLLIE_API_KEY: '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/mollie-api-key)'
}

// host.json names this backend and this setting.
var onScheduler = {
  DURABLE_TASK_SCHEDULER_CONNECTION_STRING: 'Endpoint=${schedulerEndpoint};Authentication=ManagedIdentity;ClientID=${appClientId}'
}

// Laid over host.json by the Functions host. The platform's scale controller reads the file alone, so the
// package must say the same: infra/hooks/durable-backend.sh.
var onStorage = {
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__type: 'AzureStorage'
  AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName: 'AzureWebJobsStorage'
}

@description('Name and value of every setting. Secrets are references to the vault, so there is none in it.')
output settings object = union(
  common,
  mollie ? payments : {},
  durableBackend == 'scheduler' ? onScheduler : onStorage
)
