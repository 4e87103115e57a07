@NullMarked
package io.sluice.internal.engine.rows;

import org.jspecify.annotations.NullMarked;
