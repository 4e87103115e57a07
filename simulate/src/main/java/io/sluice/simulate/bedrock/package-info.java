/** Amazon Bedrock as a rehearsal: Converse, embeddings by InvokeModel, errors, limits. */
@NullMarked
package io.sluice.simulate.bedrock;

import org.jspecify.annotations.NullMarked;
