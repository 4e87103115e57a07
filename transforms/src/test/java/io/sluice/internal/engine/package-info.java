@NullMarked
package io.sluice.internal.engine;

import org.jspecify.annotations.NullMarked;
