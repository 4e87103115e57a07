/**
 * The embedding model in this process. In come questions; out comes a label or a vector, without a
 * network, a key or a price. It has no batches.
 */
@NullMarked
package io.sluice.internal.provider.local;

import org.jspecify.annotations.NullMarked;
