@NullMarked
package io.sluice.internal.engine.realtime;

import org.jspecify.annotations.NullMarked;
