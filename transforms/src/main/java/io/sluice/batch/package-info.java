@NullMarked
package io.sluice.batch;

import org.jspecify.annotations.NullMarked;
