@NullMarked
package io.sluice.internal.provider;

import org.jspecify.annotations.NullMarked;
