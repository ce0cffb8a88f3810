metadata description = 'The workbook of OPAL in the Portal: how photos, stages, the model endpoint, the API and the sweeper are doing.'

@description('Resource id of Application Insights: the workbook is listed there.')
param appInsightsId string

@description('Resource id of the Log Analytics workspace that the queries read.')
param logWorkspaceId string

@description('What an instance of the model endpoint costs an hour; a number as text, changeable in the workbook.')
param endpointHourlyPrice string = '0.0'

@description('How many instances of the model endpoint there are.')
param endpointInstances string = '1.0'

@description('What a gigabyte of an instance of Functions costs a second.')
param gigabyteSecondPrice string = '0.0'

@description('Gigabytes of an instance of Functions.')
param instanceGigabytes string = '2.0'

@description('What a million request units of the state store cost, if it is serverless.')
param millionRequestUnitsPrice string = '0.0'

@description('Tags of the resource.')
param tags object

@description('Azure region.')
param location string

// What is asked for at the top of the workbook stands in the queries in braces.
var costQuery = replace(replace(replace(replace(replace(
  loadTextContent('../queries/cost-per-1000-photos.kql'),
  'endpoint_hourly_price = 0.0', 'endpoint_hourly_price = {EndpointHourlyPrice}'),
  'endpoint_instances = 1.0', 'endpoint_instances = {EndpointInstances}'),
  'gigabyte_second_price = 0.0', 'gigabyte_second_price = {GigabyteSecondPrice}'),
  'instance_gigabytes = 2.0', 'instance_gigabytes = {InstanceGigabytes}'),
  'million_request_units_price = 0.0', 'million_request_units_price = {MillionRequestUnitsPrice}')

var storyQuery = replace(loadTextContent('../queries/photo-story.kql'), 'trace = ""', 'trace = "{TraceId}"')

var charts = [
  { title: 'Is something wrong? Photos that failed because of us, %', query: loadTextContent('../queries/error-rate.kql'), shape: 'timechart', width: '50' }
  { title: 'Oldest photo waiting, minutes', query: loadTextContent('../queries/oldest-waiting.kql'), shape: 'timechart', width: '50' }
  { title: 'Jobs: made, and how they ended', query: loadTextContent('../queries/jobs-by-status.kql'), shape: 'barchart', width: '50' }
  { title: 'Photos an hour, by how they ended', query: loadTextContent('../queries/items-per-hour.kql'), shape: 'timechart', width: '50' }
  { title: 'Time of each stage, seconds', query: loadTextContent('../queries/stage-latency.kql'), shape: 'table', width: '50' }
  { title: 'Why photos failed', query: loadTextContent('../queries/failures-by-code.kql'), shape: 'table', width: '50' }
  { title: 'Calls of the model endpoint, by task and outcome', query: loadTextContent('../queries/endpoint-calls.kql'), shape: 'table', width: '50' }
  { title: 'Time of the model endpoint, seconds', query: loadTextContent('../queries/endpoint-latency.kql'), shape: 'table', width: '50' }
  { title: 'Model endpoint: busy, or silent (cold or gone), %', query: loadTextContent('../queries/endpoint-busy.kql'), shape: 'timechart', width: '50' }
  { title: 'Events that could not be delivered (dead letters)', query: loadTextContent('../queries/dead-letters.kql'), shape: 'timechart', width: '50' }
  { title: 'Photos that no event named', query: loadTextContent('../queries/missed-events.kql'), shape: 'timechart', width: '50' }
  { title: 'Runs of the sweeper', query: loadTextContent('../queries/sweeper.kql'), shape: 'timechart', width: '50' }
  { title: 'Photos that stand still', query: loadTextContent('../queries/items-stuck.kql'), shape: 'table', width: '100' }
  { title: 'Photos that failed last', query: loadTextContent('../queries/failed-photos.kql'), shape: 'table', width: '100' }
  { title: 'Photos that wait for a person', query: loadTextContent('../queries/reviews-waiting.kql'), shape: 'table', width: '100' }
  { title: 'Given up: photos and webhooks', query: loadTextContent('../queries/given-up.kql'), shape: 'timechart', width: '50' }
  { title: 'Webhooks, by outcome', query: loadTextContent('../queries/webhooks.kql'), shape: 'barchart', width: '50' }
  { title: 'Time of the API, milliseconds', query: loadTextContent('../queries/api-latency.kql'), shape: 'table', width: '50' }
  { title: 'Answers of the API, by status', query: loadTextContent('../queries/api-requests.kql'), shape: 'table', width: '50' }
  { title: 'Request units a second that the state store charges', query: loadTextContent('../queries/store-charge.kql'), shape: 'timechart', width: '50' }
  { title: 'Stages that could not reach the store or the photos', query: loadTextContent('../queries/store-down.kql'), shape: 'table', width: '50' }
  { title: 'Cost of 1,000 photos, at the prices above', query: costQuery, shape: 'table', width: '100' }
  { title: 'The story of the photo whose trace id is given above', query: storyQuery, shape: 'table', width: '100' }
]

var chartItems = [
  for (chart, index) in charts: {
    type: 3
    name: 'chart-${index}'
    customWidth: chart.width
    content: {
      version: 'KqlItem/1.0'
      title: chart.title
      query: chart.query
      size: 0
      timeContextFromParameter: 'TimeRange'
      queryType: 0
      resourceType: 'microsoft.operationalinsights/workspaces'
      crossComponentResources: [logWorkspaceId]
      visualization: chart.shape
    }
  }
]

var texts = [
  { name: 'TraceId', label: 'Trace id of a photo', value: '' }
  { name: 'EndpointHourlyPrice', label: 'Endpoint: price of an instance an hour', value: endpointHourlyPrice }
  { name: 'EndpointInstances', label: 'Endpoint: instances', value: endpointInstances }
  { name: 'GigabyteSecondPrice', label: 'Functions: price of a GB-second', value: gigabyteSecondPrice }
  { name: 'InstanceGigabytes', label: 'Functions: GB of an instance', value: instanceGigabytes }
  { name: 'MillionRequestUnitsPrice', label: 'Store: price of a million request units', value: millionRequestUnitsPrice }
]

var textParameters = [
  for text in texts: {
    id: guid('opal', text.name)
    version: 'KqlParameterItem/1.0'
    name: text.name
    label: text.label
    type: 1
    isRequired: false
    value: text.value
  }
]

var timeParameter = {
  id: guid('opal', 'TimeRange')
  version: 'KqlParameterItem/1.0'
  name: 'TimeRange'
  label: 'Time'
  type: 4
  isRequired: true
  value: {
    durationMs: 86400000
  }
  typeSettings: {
    selectableValues: [
      { durationMs: 3600000 }
      { durationMs: 14400000 }
      { durationMs: 86400000 }
      { durationMs: 259200000 }
      { durationMs: 604800000 }
      { durationMs: 2592000000 }
    ]
    allowCustom: true
  }
}

var content = {
  version: 'Notebook/1.0'
  items: concat([
    {
      type: 1
      name: 'head'
      content: {
        json: '## OPAL\nEach figure is one query of `infra/queries`. What to do when one looks wrong stands in `docs/operations.md`.'
      }
    }
    {
      type: 9
      name: 'parameters'
      content: {
        version: 'KqlParameterItem/1.0'
        parameters: concat([timeParameter], textParameters)
        style: 'pills'
        queryType: 0
        resourceType: 'microsoft.operationalinsights/workspaces'
      }
    }
  ], chartItems)
  isLocked: false
  fallbackResourceIds: [appInsightsId]
  '$schema': 'https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json'
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'opal')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'OPAL'
    category: 'workbook'
    sourceId: appInsightsId
    version: 'Notebook/1.0'
    serializedData: string(content)
  }
}
