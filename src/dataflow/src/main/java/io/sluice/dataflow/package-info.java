@NullMarked
package io.sluice.dataflow;

import org.jspecify.annotations.NullMarked;
