metadata description = 'The second stage: tells the app of new photos. The key of its webhook exists only once the code is deployed.'

@description('Name of the function app.')
param functionAppName string

@description('Name of the system topic of the photos account.')
param topicName string

@description('Name of the photos account.')
param photosName string

resource app 'Microsoft.Web/sites@2025-05-01' existing = {
  name: functionAppName
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: topicName
}

resource photos 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: photosName
}

// Read here, so that it passes through no script, no log and no output.
var blobsKey = listKeys('${app.id}/host/default', '2025-05-01').systemKeys.blobs_extension

resource photoEvents 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'photos'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    destination: {
      endpointType: 'WebHook'
      properties: {
        endpointUrl: 'https://${app.properties.defaultHostName}/runtime/webhooks/blobs?functionName=Host.Functions.blob_created&code=${blobsKey}'
        maxEventsPerBatch: 1
        preferredBatchSizeInKilobytes: 64
      }
    }
    filter: {
      includedEventTypes: ['Microsoft.Storage.BlobCreated']
      // It ends with a slash: without one, a container raw-old would match too.
      subjectBeginsWith: '/blobServices/default/containers/raw/blobs/'
      // A blob in blocks, or of a data lake, tells of itself before it is whole; these calls end it.
      advancedFilters: [
        {
          operatorType: 'StringIn'
          key: 'data.api'
          values: ['PutBlob', 'PutBlockList', 'FlushWithClose', 'CopyBlob']
        }
      ]
    }
    // The most that Event Grid allows: a day. What is not retried (400, 401, 403, 413) is a dead letter at once.
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
    deadLetterWithResourceIdentity: {
      identity: {
        type: 'SystemAssigned'
      }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: photos.id
          blobContainerName: 'dead-letters'
        }
      }
    }
  }
}

@description('Name of the subscription.')
output name string = photoEvents.name
