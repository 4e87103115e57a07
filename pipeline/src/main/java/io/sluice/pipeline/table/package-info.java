/** Results as a table: which columns there are, of which types, and how each format writes them. */
@NullMarked
package io.sluice.pipeline.table;

import org.jspecify.annotations.NullMarked;
