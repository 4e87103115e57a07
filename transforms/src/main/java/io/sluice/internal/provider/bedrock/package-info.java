/**
 * Amazon Bedrock: Converse, embeddings by InvokeModel and batch inference through S3 (API reference
 * of Amazon Bedrock and of its runtime; the service models of botocore). Requests carry a Bedrock
 * key, or are signed with AWS credentials (Signature Version 4).
 */
@NullMarked
package io.sluice.internal.provider.bedrock;

import org.jspecify.annotations.NullMarked;
