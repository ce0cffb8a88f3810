metadata description = 'Scales one deployment of the model endpoint between two numbers of instances. After it has been made: autoscale needs the deployment to be there.'

@description('Name of the Azure ML workspace.')
param workspaceName string

@description('Name of the endpoint.')
param endpointName string

@description('Which deployment is scaled.')
@allowed(['blue', 'green'])
param deploymentName string

@description('What the deployment runs on.')
@allowed(['cpu', 'gpu'])
param tier string

@description('Where the setting is: the region of the endpoint.')
param location string

@description('Tags of the setting.')
param tags object = {}

@description('Fewest instances; at least 1, for a deployment cannot scale to none.')
@minValue(1)
param minimum int = 1

@description('Most instances. The quota of the subscription must hold a fifth more, and twice that while a colour replaces the other.')
@minValue(1)
param maximum int = 3

resource workspace 'Microsoft.MachineLearningServices/workspaces@2025-06-01' existing = {
  name: workspaceName
}

resource endpoint 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints@2025-06-01' existing = {
  parent: workspace
  name: endpointName
}

resource deployment 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments@2025-06-01' existing = {
  parent: endpoint
  name: deploymentName
}

// Decoding, scenes and encoding keep the processor busy on a GPU instance too, so either may be the bottleneck.
var utilization = tier == 'gpu' ? ['GpuUtilizationPercentage', 'CpuUtilizationPercentage'] : ['CpuUtilizationPercentage']

// Each of these alone adds an instance. Calls that find all threads busy wait or come back with 429, and the app
// repeats them, so the time that calls take grows before anything is lost.
var outRules = [
  for metric in concat(utilization, ['RequestLatency_P90']): {
    metricTrigger: {
      metricName: metric
      metricResourceUri: deployment.id
      timeGrain: 'PT1M'
      statistic: 'Average'
      timeWindow: 'PT5M'
      timeAggregation: 'Average'
      operator: 'GreaterThan'
      // Percent, or milliseconds.
      threshold: metric == 'RequestLatency_P90' ? 60000 : 70
    }
    scaleAction: {
      direction: 'Increase'
      type: 'ChangeCount'
      value: '1'
      cooldown: 'PT10M'
    }
  }
]

// Only all of these together remove one.
var inRules = [
  for metric in utilization: {
    metricTrigger: {
      metricName: metric
      metricResourceUri: deployment.id
      timeGrain: 'PT1M'
      statistic: 'Average'
      timeWindow: 'PT15M'
      timeAggregation: 'Average'
      operator: 'LessThan'
      threshold: 25
    }
    scaleAction: {
      direction: 'Decrease'
      type: 'ChangeCount'
      value: '1'
      cooldown: 'PT15M'
    }
  }
]

resource autoscale 'Microsoft.Insights/autoscaleSettings@2022-10-01' = {
  name: '${endpointName}-${deploymentName}'
  location: location
  tags: tags
  properties: {
    enabled: true
    targetResourceUri: deployment.id
    profiles: [
      {
        name: 'load'
        capacity: {
          minimum: string(minimum)
          maximum: string(maximum)
          default: string(minimum)
        }
        rules: concat(outRules, inRules)
      }
    ]
  }
}

@description('Name of the setting, by which it is removed with its deployment.')
output name string = autoscale.name
