@NullMarked
package io.sluice.internal.engine.batch;

import org.jspecify.annotations.NullMarked;
