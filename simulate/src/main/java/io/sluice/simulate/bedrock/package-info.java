/** Amazon Bedrock as a rehearsal: Converse, embeddings by InvokeModel, batches through S3. */
@NullMarked
package io.sluice.simulate.bedrock;

import org.jspecify.annotations.NullMarked;
