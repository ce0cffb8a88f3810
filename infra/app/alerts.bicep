metadata description = 'Alerts: what to look at, and who is told. Each description says what to do and names the section of the runbook.'

@description('Resource id of Application Insights.')
param appInsightsId string

@description('Resource id of the Log Analytics workspace that the queries read.')
param logWorkspaceId string

@description('Resource id of the function app.')
param functionAppId string

@description('Resource id of the photos account.')
param photosId string

@description('Resource id of the Event Grid system topic.')
param topicId string

@description('Resource id of the Azure ML online endpoint.')
param endpointId string

@description('Resource id of the Cosmos DB account.')
param cosmosId string

@description('Who gets an e-mail; empty: alerts show in the Portal only.')
param alertEmail string

@description('Seconds that p95 of a stage may take.')
param latencyTargetSeconds int

@description('Milliseconds that p95 of the answers of the API may take.')
param apiLatencyTargetMilliseconds int = 2000

@description('Hours without a photo that are worth an alert: 1 to 6, 24 or 48 (others count as the next of these); 0: never.')
param quietHours int

@description('Per cent of photos that may fail because of us.')
param errorRatePercent int = 1

@description('Minutes that the oldest photo may wait.')
param oldestWaitingMinutes int = 15

@description('Per cent of calls that the model endpoint may turn away as busy.')
param endpointBusyPercent int = 20

@description('Hours that a photo may wait for a person.')
param reviewHours int = 24

@description('Tags of the resources.')
param tags object

@description('Azure region.')
param location string

// Azure's own words for how bad it is.
var severities = {
  critical: 0
  error: 1
  warning: 2
  informational: 3
}

// A query may look back over few lengths of time only.
var quietWindow = quietHours <= 6 ? 'PT${quietHours}H' : (quietHours <= 24 ? 'P1D' : 'P2D')

var always = [
  {
    name: 'too-many-errors'
    title: 'More than ${errorRatePercent} % of photos fail because of us'
    description: 'See which codes fail (failures-by-code.kql), then one photo\'s story. Roll back if a deployment came just before. docs/operations.md#too-many-errors'
    query: loadTextContent('../queries/alert-error-rate.kql')
    measure: 'error_percent'
    dimensions: []
    operator: 'GreaterThan'
    threshold: errorRatePercent
    severity: severities.critical
    frequency: 'PT5M'
    window: 'PT10M'
  }
  {
    name: 'slow-stages'
    title: 'A stage is slower than ${latencyTargetSeconds} s (p95)'
    description: 'See which stage (stage-latency.kql) and whether the model endpoint is busy (endpoint-busy.kql). docs/operations.md#slow'
    query: loadTextContent('../queries/alert-stage-latency.kql')
    measure: 'p95_seconds'
    dimensions: [{ name: 'stage', operator: 'Include', values: ['*'] }]
    operator: 'GreaterThan'
    threshold: latencyTargetSeconds
    severity: severities.warning
    frequency: 'PT5M'
    window: 'PT15M'
  }
  {
    name: 'slow-api'
    title: 'The API answers slower than ${apiLatencyTargetMilliseconds} ms (p95)'
    description: 'See which operation (api-latency.kql) and what the store charges (store-charge.kql). docs/operations.md#slow'
    query: loadTextContent('../queries/alert-api-latency.kql')
    measure: 'p95_milliseconds'
    dimensions: []
    operator: 'GreaterThan'
    threshold: apiLatencyTargetMilliseconds
    severity: severities.warning
    frequency: 'PT5M'
    window: 'PT15M'
  }
  {
    name: 'work-waits'
    title: 'A photo has waited longer than ${oldestWaitingMinutes} minutes'
    description: 'See what is stuck (items-stuck.kql), whether the endpoint answers (endpoint-calls.kql) and the sweeper runs (sweeper.kql). docs/operations.md#work-waits'
    query: loadTextContent('../queries/alert-oldest-waiting.kql')
    measure: 'minutes'
    dimensions: []
    operator: 'GreaterThan'
    threshold: oldestWaitingMinutes
    severity: severities.error
    frequency: 'PT5M'
    window: 'PT10M'
  }
  {
    name: 'given-up-items'
    title: 'A photo was restarted as often as it may be'
    description: 'Find it (failed-photos.kql), mend the cause, then have it made again over the API. docs/operations.md#given-up'
    query: loadTextContent('../queries/alert-given-up.kql')
    measure: 'given_up'
    dimensions: [{ name: 'what', operator: 'Include', values: ['item'] }]
    operator: 'GreaterThan'
    threshold: 0
    severity: severities.error
    frequency: 'PT5M'
    window: 'PT15M'
  }
  {
    name: 'given-up-webhooks'
    title: 'A webhook was tried as often as it may be'
    description: 'See what the receiver answers (webhooks.kql) and tell its owner; what was not delivered can be sent again over the API. docs/operations.md#webhooks-fail'
    query: loadTextContent('../queries/alert-given-up.kql')
    measure: 'given_up'
    dimensions: [{ name: 'what', operator: 'Include', values: ['webhook'] }]
    operator: 'GreaterThan'
    threshold: 0
    severity: severities.warning
    frequency: 'PT15M'
    window: 'PT30M'
  }
  {
    name: 'dead-letters'
    title: 'Events lie in the container dead-letters'
    description: 'The sweeper takes in the photos that they name; find out why delivery failed, then delete them. docs/operations.md#dead-letters'
    query: loadTextContent('../queries/alert-dead-letters.kql')
    measure: 'dead_letters'
    dimensions: []
    operator: 'GreaterThan'
    threshold: 0
    severity: severities.error
    frequency: 'PT5M'
    window: 'PT15M'
  }
  {
    name: 'endpoint-down'
    title: 'The model endpoint does not answer'
    description: 'See the deployments and their traffic in Azure ML; move the traffic back to the other colour. docs/operations.md#endpoint-down'
    query: loadTextContent('../queries/alert-endpoint-down.kql')
    measure: 'down'
    dimensions: []
    operator: 'GreaterThan'
    threshold: 0
    severity: severities.critical
    frequency: 'PT5M'
    window: 'PT10M'
  }
  {
    name: 'endpoint-busy'
    title: 'The model endpoint turns away more than ${endpointBusyPercent} % of calls'
    description: 'Photos are late, not lost. Give the deployment more instances. docs/operations.md#endpoint-busy'
    query: loadTextContent('../queries/alert-endpoint-busy.kql')
    measure: 'busy_percent'
    dimensions: []
    operator: 'GreaterThan'
    threshold: endpointBusyPercent
    severity: severities.warning
    frequency: 'PT5M'
    window: 'PT15M'
  }
  {
    name: 'sweeper-silent'
    title: 'The sweeper has not finished for 15 minutes'
    description: 'The app does not run, or its telemetry does not arrive: restart it and read its log stream. Until the first deployment of the app this is as it should be. docs/operations.md#silence'
    query: loadTextContent('../queries/alert-sweeper-silent.kql')
    measure: 'sweeps'
    dimensions: []
    operator: 'LessThan'
    threshold: 1
    severity: severities.error
    frequency: 'PT5M'
    window: 'PT15M'
  }
  {
    name: 'reviews-wait'
    title: 'A photo has waited for a person longer than ${reviewHours} hours'
    description: 'See which (reviews-waiting.kql) and decide over the API, before the deadline does. docs/operations.md#reviews-wait'
    query: loadTextContent('../queries/alert-reviews-waiting.kql')
    measure: 'hours'
    dimensions: []
    operator: 'GreaterThan'
    threshold: reviewHours
    severity: severities.informational
    frequency: 'PT1H'
    window: 'P2D'
  }
]

var whenQuiet = [
  {
    name: 'no-photos'
    title: 'No photo has been made for ${quietHours} hours'
    description: 'Put a photo into the container raw and follow it; if it is not taken in, look at the Event Grid subscription. docs/operations.md#silence'
    query: loadTextContent('../queries/alert-no-photos.kql')
    measure: 'photos'
    dimensions: []
    operator: 'LessThan'
    threshold: 1
    severity: severities.warning
    frequency: 'PT1H'
    window: quietWindow
  }
]

var queryRules = quietHours > 0 ? concat(always, whenQuiet) : always

var metricRules = [
  {
    name: 'events-dead-lettered'
    title: 'Event Grid gives up on events'
    description: 'Event Grid wrote events to the container dead-letters. docs/operations.md#dead-letters'
    scope: topicId
    namespace: 'Microsoft.EventGrid/systemTopics'
    metric: 'DeadLetteredCount'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: []
    severity: severities.error
  }
  {
    name: 'events-dropped'
    title: 'Event Grid drops events'
    description: 'Event Grid could not even write events to dead-letters: look at its role on the container. The sweeper finds the photos. docs/operations.md#dead-letters'
    scope: topicId
    namespace: 'Microsoft.EventGrid/systemTopics'
    metric: 'DroppedEventCount'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: []
    severity: severities.error
  }
  {
    name: 'endpoint-fails'
    title: 'The model endpoint answers with server errors'
    description: 'Read the log of the deployment (az ml online-deployment get-logs) and move the traffic back to the other colour. docs/operations.md#endpoint-down'
    scope: endpointId
    namespace: 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints'
    metric: 'RequestsPerMinute'
    aggregation: 'Average'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: [{ name: 'statusCodeClass', operator: 'Include', values: ['5xx'] }]
    severity: severities.error
  }
  {
    name: 'store-throttled'
    title: 'Cosmos DB turns away requests'
    description: 'See what is charged (store-charge.kql) and raise the limit of throughput. The app tries again, so photos are late, not lost. docs/operations.md#store-throttled'
    scope: cosmosId
    namespace: 'Microsoft.DocumentDB/databaseAccounts'
    metric: 'TotalRequests'
    aggregation: 'Count'
    operator: 'GreaterThan'
    threshold: 100
    dimensions: [{ name: 'StatusCode', operator: 'Include', values: ['429'] }]
    severity: severities.warning
  }
  {
    name: 'photos-throttled'
    title: 'Blob storage turns away requests'
    description: 'The photos account is beyond its limit of requests or bandwidth; photos are late, not lost. docs/operations.md#store-throttled'
    scope: photosId
    namespace: 'Microsoft.Storage/storageAccounts'
    metric: 'Transactions'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 100
    dimensions: [{ name: 'ResponseType', operator: 'Include', values: ['ClientThrottlingError', 'ServerBusyError'] }]
    severity: severities.warning
  }
]

var anyResource = [
  for id in [functionAppId, appInsightsId, photosId, cosmosId, endpointId]: {
    field: 'resourceId'
    equals: id
  }
]

// Without an e-mail it has no receivers, and may be given some in the Portal until the next deployment.
module people 'br/public:avm/res/insights/action-group:0.7.0' = {
  name: 'alerts-people'
  params: {
    name: 'ag-opal'
    groupShortName: 'opal'
    emailReceivers: empty(alertEmail) ? [] : [
      {
        name: 'operator'
        emailAddress: alertEmail
        useCommonAlertSchema: true
      }
    ]
    tags: tags
    enableTelemetry: false
  }
}

module queryAlerts 'br/public:avm/res/insights/scheduled-query-rule:0.5.1' = [
  for rule in queryRules: {
    name: 'alert-${rule.name}'
    params: {
      name: 'opal-${rule.name}'
      alertDisplayName: 'OPAL: ${rule.title}'
      alertDescription: rule.description
      location: location
      tags: tags
      scopes: [logWorkspaceId]
      severity: rule.severity
      evaluationFrequency: rule.frequency
      windowSize: rule.window
      // A rule is deployed before the app has sent its first row, when the workspace has no such tables yet.
      skipQueryValidation: true
      criterias: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Maximum'
            metricMeasureColumn: rule.measure
            dimensions: rule.dimensions
            operator: rule.operator
            threshold: rule.threshold
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroupResourceIds: [people.outputs.resourceId]
      }
      enableTelemetry: false
    }
  }
]

// Raw: the verified module types its criteria, and how could not be read at any version in use.
resource metricAlerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for rule in metricRules: {
    name: 'opal-${rule.name}'
    location: 'global'
    tags: tags
    properties: {
      description: '${rule.title}. ${rule.description}'
      severity: rule.severity
      enabled: true
      autoMitigate: true
      scopes: [rule.scope]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            name: rule.name
            criterionType: 'StaticThresholdCriterion'
            metricNamespace: rule.namespace
            metricName: rule.metric
            timeAggregation: rule.aggregation
            operator: rule.operator
            threshold: rule.threshold
            dimensions: rule.dimensions
            // A metric shows only once it was measured.
            skipMetricValidation: true
          }
        ]
      }
      actions: [
        {
          actionGroupId: people.outputs.resourceId
        }
      ]
    }
  }
]

// What Azure itself says of the resources that OPAL stands on. Raw for the same reason.
resource healthAlert 'Microsoft.Insights/activityLogAlerts@2020-10-01' = {
  name: 'opal-azure-health'
  location: 'global'
  tags: tags
  properties: {
    description: 'Azure reports that a resource of OPAL is not available: see Resource health in the Portal. docs/operations.md#silence'
    enabled: true
    scopes: [resourceGroup().id]
    condition: {
      allOf: [
        {
          field: 'category'
          equals: 'ResourceHealth'
        }
        {
          anyOf: anyResource
        }
        {
          field: 'properties.currentHealthStatus'
          equals: 'Unavailable'
        }
      ]
    }
    actions: {
      actionGroups: [
        {
          actionGroupId: people.outputs.resourceId
        }
      ]
    }
  }
}
